import { Command } from 'commander';
import { migrateDown, migrateUp, migrationStatus } from '../../postgres/migrate';
import { holdsTrades } from '../../postgres/queries/day';
import { CliError } from '../cli-error';
import { print, printJson, printRows } from '../output';
import { countArgument } from './arguments';
import { findServers, withPool, type GlobalOptions, type Servers } from './servers';

/** `cantondex migrate up|down|status` */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('the database schema: bring it up, take it down, see where it stands')
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(statusCommand());
}

function upCommand(): Command {
  return new Command('up')
    .description('apply every migration and function that is not applied yet; safe to repeat')
    .addHelpText('after', '\nExample:\n  npx cantondex migrate up')
    .action(async (_, command: Command) => {
      const { databaseUrl } = findServers(command.optsWithGlobals());
      const { migrations, appliedFunctions, droppedFunctions } = await migrateUp(databaseUrl, print);
      if (migrations.length + appliedFunctions.length + droppedFunctions.length === 0) {
        print('Nothing to do: the schema is up to date.');
      }
    });
}

function downCommand(): Command {
  return new Command('down')
    .description('undo the last migration, and its tables with everything in them; refused while there are trades')
    .option('--count <n>', 'undo so many', countArgument, 1)
    .option('--destroy-data', 'undo although there are trades: they are lost')
    .addHelpText('after', '\nExample:\n  npx cantondex migrate down --count 2')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { count: number; destroyData?: true }>();
      const servers = findServers(options);
      if (!options.destroyData) await refuseToLoseTrades(servers);
      const { migrations } = await migrateDown(servers.databaseUrl, options.count, print);
      if (migrations.length === 0) print('Nothing to undo.');
    });
}

async function refuseToLoseTrades(servers: Servers): Promise<void> {
  if (!(await withPool(servers, (pool) => holdsTrades(pool)))) return;
  throw new CliError(
    'There are trades in this database, and undoing migrations would destroy them: --destroy-data if that is meant.',
  );
}

function statusCommand(): Command {
  return new Command('status')
    .description('which migrations and functions are applied')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  npx cantondex migrate status')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { json?: true }>();
      const rows = await migrationStatus(findServers(options).databaseUrl);
      if (options.json) {
        printJson(rows);
        return;
      }
      printRows(
        ['kind', 'name', 'state', 'applied at'],
        rows.map(({ kind, name, state, appliedAt }) => [kind, name, state, appliedAt?.toISOString() ?? '-']),
        { none: 'No migrations.' },
      );
    });
}
