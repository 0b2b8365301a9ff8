import { FAILURES } from '../../src/domain/failure';
import { REFUSALS, type RefusalKind } from '../../src/domain/refusal';

const KINDS: Record<RefusalKind, string> = {
  malformed: 'malformed input',
  invalid: 'input that cannot be accepted as things stand',
  conflict: 'a conflict with what is known',
  too_large: 'input that is too large',
};

/** docs/ERRORS.md, from the tables in the code: a heading for each code, its meaning and what to do. */
export function errorsDoc(): string {
  return [
    HEAD,
    '## Failures of settlements\n',
    ...Object.entries(FAILURES).map(([code, rule]) =>
      section(code, [
        rule.meaning,
        `ISO 20022 reason ${rule.iso_reason}. ${rule.retried ? 'The engine tries again by itself, then parks the settlement.' : code === 'CANCELLED' ? 'Final.' : 'Not tried again by the engine: the settlement parks at once.'}`,
        `**Do:** ${rule.next_step}`,
      ]),
    ),
    '## Refusals of input\n',
    ...Object.entries(REFUSALS).map(([code, meaning]) =>
      section(code, [`${meaning.title}: ${KINDS[meaning.kind]}.`, `**Do:** ${meaning.action}`]),
    ),
    TAIL,
  ].join('\n');
}

function section(code: string, paragraphs: string[]): string {
  return `### ${code}\n\n${paragraphs.join('\n\n')}\n`;
}

const HEAD = `# Errors

Nothing here is a number: a code is a word with one meaning, the same in the database, the CLI, and Temporal. This page is made
from the tables in \`src/domain/failure.ts\` and \`src/domain/refusal.ts\`; a test compares them.

- A **failure** is the outcome of an attempt to settle an accepted trade: \`failure_code\` of the settlement, and the type of
  the failed workflow once it is final. \`failure_reason\` is the sentence with the numbers.
- A **refusal** is the answer to bad input: nothing was written. It names the field, what was wrong with the value, and what
  was expected. A workflow that was started with bad input fails at once with the refusal's code as its type.
`;

const TAIL = `## Errors of steps, in Temporal

A step that could not be taken is tried again for ever: only a row that is closed ends a settlement. The type says why.

### TRANSIENT

PostgreSQL could not be reached, was too slow, or chose this transaction as the victim of a deadlock. Nothing was done.

**Do:** nothing if it passes; else see to PostgreSQL.

### UNKNOWN

The connection broke under a call that reads or repeats. What it did, if anything, is found under the row's lock next time.

**Do:** nothing if it passes; else see to the network between worker and PostgreSQL.

### REJECTED

A constraint of the database said no where the engine expected none.

**Do:** read the message; run \`cantondex verify\`; report it.

### BUG

The engine's own mistake, a missing grant, or damage: for example a swap that does not read back as its terms say.

**Do:** run \`cantondex verify\`, keep the workflow as it is, report it. The step goes on as soon as the cause is mended.

## Errors of commands

### INVALID_COMMAND

The Update's argument has not the shape \`{"actor": "...", "reason": "..."}\`; the message names the field.

### COMMAND_FORBIDDEN

The state of the settlement does not allow the command; the message says which state it is in.
`;
