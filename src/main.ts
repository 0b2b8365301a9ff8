/** What `npm start` runs: servers, setup, worker, a day of trades, the report; then it stays up until Ctrl-C. */
import { join, resolve } from 'node:path';
import { readConfig, type Config } from './config';
import { readDayFolder, type DayFolder } from './day/load-day';
import { checkTradeFile } from './day/read-day';
import { progressView } from './day/progress';
import type { DayReport } from './day/report';
import { writeSampleDay } from './day/sample/sample-day';
import { settleDay } from './day/settle-day';
import { suggestNext } from './day/suggest';
import { textReport, type ReportPlace } from './day/text-report';
import { openReportFolder, writeReport } from './day/write-report';
import { startStack, type Stack } from './embedded/stack';
import { createLog, type Logger } from './log';
import { connectTemporal } from './service/connect-temporal';
import { withPatientPool } from './service/patient-pool';
import { setUp } from './service/setup';
import { takeSignals, unlessAborted, type Shutdown } from './shutdown';
import { readStartOptions, type StartOptions } from './start-options';
import { userName } from './user-name';
import { runVerify, VERIFY_TIMEOUT_MS, type VerifyReport } from './verify/run-verify';
import { runWorker, type RunningWorker } from './worker/run-worker';

/** What is up, for whoever has to stop it. */
interface Running {
  stack: Stack | null;
  worker: RunningWorker | null;
}

interface Start {
  readonly options: StartOptions;
  readonly config: Config;
  readonly log: Logger;
  readonly say: (line: string) => void;
  readonly shutdown: Shutdown;
  /** Ends the work: Ctrl-C, or a server that is lost. */
  readonly signal: AbortSignal;
  readonly running: Running;
}

/** The retry delay of `npm start`: nobody wants to watch a sample day wait for 30 s three times. */
const SHORT_RETRY_DELAY_SECONDS = '1';
/** Once everything is stopped nothing should keep the process; should something all the same, it ends by itself. */
const LINGER_MS = 5_000;
/** A worker whose server is lost cannot finish its steps: it gets so long. */
const WITHOUT_SERVER_MS = 5_000;

/** Sets the exit code of the process: 0 when the day has ended and verify is ok, 130 when it was stopped before. */
export async function main(argv: string[]): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const options = readStartOptions(argv, (text) => process.stdout.write(text));
  if (options === null) return;
  const config = readConfig(withShortRetryDelay(process.env, say));
  const shutdown = takeSignals(say);
  const running: Running = { stack: null, worker: null };
  const start: Start = {
    options,
    config,
    log: createLog(quietLevel(config)),
    say,
    shutdown,
    signal: shutdown.signal,
    running,
  };
  try {
    process.exitCode = await startAndStay(start);
  } catch (error) {
    running.stack?.lost.throwIfAborted(); // that is why, whatever else it broke
    if (!shutdown.signal.aborted) throw error; // whatever broke off did so because it was told to
    process.exitCode = 130;
  } finally {
    await stopAll(start);
    shutdown.dispose();
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

async function startAndStay(start: Start): Promise<number> {
  const { options } = start;
  // Before any server starts: a folder that cannot be used should not cost a minute.
  const given = options.day === undefined ? null : await readDay(resolve(options.day));
  if (options.report !== undefined) await openReportFolder(options.report);
  const stack = await startServers(start);
  return settleAndStay({ ...start, signal: AbortSignal.any([start.signal, stack.lost]) }, stack, given);
}

async function readDay(dir: string): Promise<DayFolder> {
  await checkTradeFile(dir);
  return readDayFolder(dir);
}

async function settleAndStay(start: Start, stack: Stack, given: DayFolder | null): Promise<number> {
  const { options, say, signal } = start;
  const worker = await startWorker(start, stack);
  const folder = given ?? (await sampleDay(stack, say));
  stack.publish(null);

  // Not left when a server is lost: the day ends by its signal, once its calls under way have given up.
  const dayReport = await Promise.race([runDay(start, worker, folder), brokenWorker(worker)]);
  const verification = await verify(start, stack);
  await report(start, stack, worker, { folder, dayReport, verification });
  const code = verification.ok ? 0 : 1;
  if (options.once) return code;
  say(
    `\nUp until Ctrl-C. Temporal UI: ${stack.temporalUi}   PostgreSQL: database_url in ${join(stack.dataFolder, 'stack.json')}`,
  );
  await Promise.race([stopRequested(signal), brokenWorker(worker)]);
  stack.lost.throwIfAborted();
  return code;
}

async function startServers({ options, say, signal, running }: Start): Promise<Stack> {
  say('Starting PostgreSQL and Temporal ...');
  const stack = await startStack({ dataFolder: options.data, say, signal });
  running.stack = stack;
  signal.throwIfAborted();
  say(`Temporal UI: ${stack.temporalUi}`);
  return stack;
}

async function startWorker({ config, log, say, signal, running }: Start, stack: Stack): Promise<RunningWorker> {
  const temporal = { namespace: stack.temporalNamespace, connectionOptions: { address: stack.temporalAddress } };
  const client = await connectTemporal(temporal);
  try {
    await unlessAborted(setUp(stack.databaseUrl, client, say), signal);
  } finally {
    await client.close();
  }
  const worker = await runWorker({ databaseUrl: stack.databaseUrl, temporal, settlement: config.settlement, log });
  running.worker = worker;
  worker.ended.catch(() => undefined); // brokenWorker tells
  signal.throwIfAborted();
  return worker;
}

async function sampleDay({ dataFolder }: Stack, say: (line: string) => void): Promise<DayFolder> {
  const dir = join(dataFolder, 'sample-day');
  await writeSampleDay(dir);
  say(`The sample day is in ${dir}.`);
  return readDayFolder(dir);
}

async function runDay({ config, log, signal }: Start, worker: RunningWorker, folder: DayFolder): Promise<DayReport> {
  const progress = progressView(process.stderr);
  try {
    return await settleDay(worker.engine, folder, {
      batch_size: config.settlement.batch_size,
      actor: `start:${userName()}`,
      signal,
      log,
      onProgress: (now) => progress.show(now),
    });
  } finally {
    progress.end();
  }
}

async function verify({ say, signal }: Start, stack: Stack): Promise<VerifyReport> {
  say('Verifying ...');
  const verified = withPatientPool(stack.databaseUrl, VERIFY_TIMEOUT_MS, (pool) => runVerify(pool));
  return unlessAborted(verified, signal);
}

interface Ended {
  readonly folder: DayFolder;
  readonly dayReport: DayReport;
  readonly verification: VerifyReport;
}

async function report({ options, say }: Start, stack: Stack, { engine }: RunningWorker, ended: Ended): Promise<void> {
  const { folder, dayReport, verification } = ended;
  const place: ReportPlace = {
    temporalUi: stack.temporalUi,
    namespace: stack.temporalNamespace,
    cli: options.data === undefined ? 'npx cantondex' : `npx cantondex --data ${shellWord(options.data)}`,
  };
  const text = textReport(dayReport, verification, await suggestNext(engine.pool, dayReport.failed), place);
  if (options.json) say(`\n${text}`);
  else process.stdout.write(`\n${text}\n`);
  const { summary } = dayReport;
  if (options.report !== undefined) {
    const accountIds = folder.accounts.map(({ account_id }) => account_id);
    await writeReport(options.report, engine.pool, accountIds, { summary, verification });
    say(`\nThe report is in ${resolve(options.report)}.`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

async function brokenWorker(worker: RunningWorker): Promise<never> {
  await worker.ended;
  throw new Error('The worker has ended by itself; the log above says why. Start again: nothing is lost.');
}

function stopRequested(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done());
  });
}

/** Worker, Temporal, PostgreSQL, in this order: nothing is asked of a server that is gone. */
async function stopAll({ running, shutdown, say, log }: Start): Promise<void> {
  if (running.worker !== null) {
    const lost = running.stack?.lost.aborted === true;
    const hurry = lost ? AbortSignal.any([shutdown.hurry, AbortSignal.timeout(WITHOUT_SERVER_MS)]) : shutdown.hurry;
    try {
      await unlessAborted(running.worker.stop(), hurry);
    } catch (error) {
      if (!hurry.aborted) log.warn({ err: error }, 'the worker did not stop well');
    }
  }
  if (running.stack !== null) {
    await running.stack.stop();
    say('Stopped.');
  }
}

function withShortRetryDelay(env: NodeJS.ProcessEnv, say: (line: string) => void): NodeJS.ProcessEnv {
  if (env['SETTLEMENT_RETRY_DELAY_SECONDS'] !== undefined) return env;
  say(
    `Failed settlements are tried again after ${SHORT_RETRY_DELAY_SECONDS} s here; set SETTLEMENT_RETRY_DELAY_SECONDS for another delay (30 s is usual).`,
  );
  return { ...env, SETTLEMENT_RETRY_DELAY_SECONDS: SHORT_RETRY_DELAY_SECONDS };
}

/** A person watches here: warnings only, unless LOG_LEVEL asks for more. */
function quietLevel(config: Config): string {
  return process.env['LOG_LEVEL'] === undefined ? 'warn' : config.logLevel;
}
