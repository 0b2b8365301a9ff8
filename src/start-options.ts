import { Command, Option } from 'commander';
import { LANE_CHOICES } from './domain/settlement';

/** What `npm start -- ...` was asked for. */
export interface StartOptions {
  readonly once: boolean;
  /** A day's folder; the sample day when absent. */
  readonly day: string | undefined;
  readonly json: boolean;
  readonly report: string | undefined;
  readonly data: string | undefined;
}

/** A start that was asked for something that cannot be; the message says what to say instead. */
export class StartOptionsError extends Error {
  override readonly name = 'StartOptionsError';
}

/** Reads the flags of `npm start`; null when help was asked for (it is printed). Throws StartOptionsError. */
export function readStartOptions(argv: readonly string[], print: (text: string) => void): StartOptions | null {
  const command = startCommand()
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined });
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (codeOf(error) === 'commander.helpDisplayed') return null;
    const problem = (error as Error).message.replace(/^error: /, '').replace(/\.$/, '');
    throw new StartOptionsError(`npm start: ${problem}. "npm start -- --help" lists the flags.`, { cause: error });
  }
  const options = command.opts<{
    once?: true;
    day?: string;
    lane: string;
    json?: true;
    report?: string;
    data?: string;
  }>();
  if (options.lane !== 'single') {
    throw new StartOptionsError(`The lane ${options.lane} does not exist yet: use --lane single, or leave --lane out.`);
  }
  return {
    once: options.once ?? false,
    day: options.day,
    json: options.json ?? false,
    report: options.report,
    data: options.data,
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Object && 'code' in error ? error.code : undefined;
}

function startCommand(): Command {
  return new Command('npm start --')
    .description(
      'Starts PostgreSQL, Temporal with its UI and a worker, settles a day of trades before your eyes, reports, and stays up until Ctrl-C.',
    )
    .option('--once', 'end after the report: exit 0 when the day has ended and verify is ok, else 1')
    .option('--day <dir>', 'settle the day in this folder instead of the sample day')
    .addOption(new Option('--lane <lane>', 'how trades are settled').choices(LANE_CHOICES).default('single'))
    .option('--json', 'print the summary as the last line of standard output; all else goes to standard error')
    .option('--report <dir>', 'write balances.jsonl, verify.json and summary.json there')
    .option('--data <dir>', 'keep all data there instead of in .cantondex')
    .addHelpText(
      'after',
      '\nExamples:\n  npm start\n  npm start -- --once --day ./my-day --report ./report\n  npm start -- --data /tmp/dex   (then: npx cantondex --data /tmp/dex settlements list)',
    );
}
