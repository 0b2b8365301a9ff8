/** The command line: `npx cantondex ...`. */
import { Command, CommanderError } from 'commander';
import { accountsCommand } from './commands/accounts';
import { balancesCommand } from './commands/balances';
import { migrateCommand } from './commands/migrate';
import { configCommand, loadCommand, setupCommand, verifyCommand, workerCommand } from './commands/operations';
import { settlementsCommand } from './commands/settlements';
import { tradesCommand } from './commands/trades';
import { explain } from './explain';

/** Runs one command. The exit code is 0 only on success; what went wrong is a sentence on standard error. */
export async function main(argv: string[]): Promise<void> {
  const program = cantondex();
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode; // commander has said why
      return;
    }
    process.exitCode = 1;
    process.stderr.write(`${explain(error)}\n`);
    if (process.env['CANTONDEX_DEBUG'] !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
  }
}

/** All commands. */
export function cantondex(): Command {
  const program = new Command('cantondex')
    .description('CantonDEX settlement engine: every trade settled delivery-versus-payment')
    .option('--data <dir>', 'the data folder of the servers that "npm start" keeps (default: .cantondex in the clone)')
    .addHelpText(
      'after',
      '\nWithout DATABASE_URL the commands use the servers that "npm start" keeps up.\n\nExamples:\n' +
        '  npx cantondex settlements list --phase parked\n' +
        '  npx cantondex accounts credit ACC-00025 USDC 770.22 --reason "funded"\n' +
        '  npx cantondex settlements retry sample-0181 --reason "funded now"',
    );
  const commands = [
    setupCommand(),
    migrateCommand(),
    workerCommand(),
    loadCommand(),
    accountsCommand(),
    tradesCommand(),
    settlementsCommand(),
    balancesCommand(),
    verifyCommand(),
    configCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return throwing(program);
}

/** Errors are thrown instead of ending the process: connections are closed first. */
function throwing(command: Command): Command {
  command.exitOverride().showHelpAfterError('(add --help for help)');
  for (const child of command.commands) throwing(child);
  return command;
}
