import { Command } from 'commander';
import { describeConfig, readConfig } from '../../config';
import { loadDay, readDayFolder } from '../../day/load-day';
import { verifyTable } from '../../day/text-report';
import { connectTemporal } from '../../service/connect-temporal';
import { withPatientPool } from '../../service/patient-pool';
import { setUp } from '../../service/setup';
import { takeSignals } from '../../shutdown';
import { runVerify, VERIFY_TIMEOUT_MS } from '../../verify/run-verify';
import { runWorker } from '../../worker/run-worker';
import { createLog } from '../../log';
import { print, printJson, printRows, say } from '../output';
import { actor, findServers, withPool, type GlobalOptions, type Servers } from './servers';

/** `cantondex setup` */
export function setupCommand(): Command {
  return new Command('setup')
    .description('make both servers ready: migrations, search attributes, retention; safe to repeat')
    .addHelpText('after', '\nExample:\n  npx cantondex setup')
    .action(async (_, command: Command) => {
      await makeReady(findServers(command.optsWithGlobals()), print);
    });
}

async function makeReady({ databaseUrl, temporal }: Servers, say: (line: string) => void): Promise<void> {
  let count = 0;
  const client = await connectTemporal(temporal);
  try {
    await setUp(databaseUrl, client, (line) => {
      count += 1;
      say(line);
    });
  } finally {
    await client.close();
  }
  if (count === 0) say('Nothing to do: everything is in place.');
}

/** `cantondex worker` */
export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker, which settles trades, until Ctrl-C; makes the servers ready first')
    .addHelpText(
      'after',
      '\nExample:\n  DATABASE_URL=postgres://... TEMPORAL_ADDRESS=temporal:7233 npx cantondex worker',
    )
    .action(async (_, command: Command) => {
      const servers = findServers(command.optsWithGlobals());
      const shutdown = takeSignals(say);
      const isStopped = (): boolean => shutdown.signal.aborted;
      try {
        await makeReady(servers, say);
        if (isStopped()) return;
        const { config, databaseUrl, temporal } = servers;
        const log = createLog(config.logLevel);
        const worker = await runWorker({ databaseUrl, temporal, settlement: config.settlement, log });
        say('The worker is up; Ctrl-C stops it.');
        const stop = () => void worker.stop().catch(() => undefined); // its end is awaited below
        if (isStopped()) stop();
        shutdown.signal.addEventListener('abort', stop);
        shutdown.hurry.addEventListener('abort', () => process.exit(130));
        await worker.ended;
        say('The worker has stopped.');
      } finally {
        shutdown.dispose();
      }
    });
}

/** `cantondex load DIR` */
export function loadCommand(): Command {
  return new Command('load')
    .description("load a day's instruments, accounts and opening balances; what is there is left as it is")
    .argument('<dir>', 'a folder with instruments.json and accounts.json')
    .option('--json', 'print a JSON object')
    .addHelpText('after', '\nExample:\n  npx cantondex load ./my-day')
    .action(async (dir: string, _, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { json?: true }>();
      const folder = await readDayFolder(dir);
      const { instruments, accounts } = folder;
      const { balances, opened } = await withPool(findServers(options), (pool) => loadDay(pool, folder, actor()));
      const left = balances - opened;
      if (options.json) {
        printJson({
          instruments: instruments.length,
          accounts: accounts.length,
          balances_opened: opened,
          balances_left: left,
        });
        return;
      }
      print(
        `Loaded ${instruments.length} instruments and ${accounts.length} accounts: ${opened} balances opened, ${left} that were there left as they are.`,
      );
    });
}

/** `cantondex verify` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('check every invariant of the books in one snapshot; exits 1 when one is broken')
    .option('--json', 'print {"ok", "checks": [{"name", "ok", "detail"}]}')
    .addHelpText('after', '\nExample:\n  npx cantondex verify --json')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { json?: true }>();
      const { databaseUrl } = findServers(options);
      const report = await withPatientPool(databaseUrl, VERIFY_TIMEOUT_MS, (pool) => runVerify(pool));
      if (options.json) printJson(report);
      else print(verifyTable(report));
      if (report.ok) return;
      process.exitCode = 1;
      say('The books are not right: stop the workers, and see docs/INVARIANTS.md for the checks that are BROKEN.');
    });
}

/** `cantondex config` */
export function configCommand(): Command {
  return new Command('config')
    .description('print the configuration as it is read from the environment, secrets hidden')
    .option('--json', 'print a JSON array')
    .addHelpText('after', '\nExample:\n  SETTLEMENT_RETRY_ATTEMPTS=5 npx cantondex config')
    .action((_, command: Command) => {
      const rows = describeConfig(readConfig(process.env));
      if (command.optsWithGlobals<{ json?: true }>().json) {
        printJson(rows);
        return;
      }
      printRows(
        ['variable', 'value'],
        rows.map(({ variable, value }) => [variable, value]),
        { none: '' },
      );
    });
}
