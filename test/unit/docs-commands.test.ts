import type { Command } from 'commander';
import { cantondex } from '../../src/cli/main';
import { commandsIn } from '../support/docs-blocks';

const DOCS = ['README.md', 'docs/RUNBOOK.md'];
const lines = DOCS.flatMap((file) => commandsIn(file).map((words) => [file, words.join(' '), words] as const));

it('the docs have commands to type', () => {
  expect(lines.length).toBeGreaterThan(10);
});

test.each(lines)('%s: npx cantondex %s is a command as the CLI has it', (_file, _line, words) => {
  const { command, rest } = findCommand(cantondex(), words);
  expect(command.commands).toEqual([]);
  const { operands, unknown } = command.parseOptions(rest);
  expect(unknown).toEqual([]);
  const required = command.registeredArguments.filter((argument) => argument.required).length;
  expect(operands.length).toBeGreaterThanOrEqual(required);
  expect(operands.length).toBeLessThanOrEqual(command.registeredArguments.length);
  const missing = command.options.filter(
    (option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined,
  );
  expect(missing.map((option) => option.long)).toEqual([]);
});

/** The innermost command that the words name, and what is left for it. */
function findCommand(command: Command, words: readonly string[]): { command: Command; rest: string[] } {
  const [first, ...rest] = words;
  const child = command.commands.find((c) => c.name() === first);
  return child === undefined ? { command, rest: [...words] } : findCommand(child, rest);
}
