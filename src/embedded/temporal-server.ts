import { Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Say, anyFreePort, freePort, isPortFree } from './ports';
import { endProcess, processesNaming, until } from './processes';
import { TEMPORAL } from './stack-constants';
import { findTemporalBinary } from './temporal-binary';

/** A running Temporal development server of one data folder. */
export interface TemporalServer {
  readonly address: string;
  readonly namespace: string;
  readonly ui: string;
  /** Undefined when it has ended already. */
  readonly pid: number | undefined;
  readonly logFile: string;
  stop(): Promise<void>;
}

/** What startTemporal needs to know. */
export interface TemporalOptions {
  readonly dataFolder: string;
  readonly say: Say;
  readonly signal?: AbortSignal | undefined;
}

interface Ports {
  readonly port: number;
  readonly uiPort: number;
}

const READY_MS = 60_000;

/** Starts the server on its file in the data folder, or takes over the one that outlived its starter. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const file = join(options.dataFolder, `temporal-${TEMPORAL.serverVersion}.db`);
  const ports = (await takeOver(file, options)) ?? (await start(file, options));
  return {
    address: addressOf(ports),
    namespace: TEMPORAL.namespace,
    ui: uiOf(ports),
    pid: serversOf(file)[0]?.pid,
    logFile: logFileIn(options.dataFolder),
    stop: async () => {
      for (const { pid } of serversOf(file)) await endServer(pid);
    },
  };
}

const logFileIn = (dataFolder: string): string => join(dataFolder, 'temporal.log');
const addressOf = ({ port }: Ports): string => `${TEMPORAL.host}:${port}`;
const uiOf = ({ uiPort }: Ports): string => `http://${TEMPORAL.host}:${uiPort}`;

/** The running servers of this very file; a running process is its own best record. A shell that would start one is none. */
function serversOf(file: string): { pid: number; ports: Ports | null }[] {
  const servers = processesNaming(`--db-filename ${file} `).filter(({ program, command }) =>
    command.startsWith(`${program} server start-dev `),
  );
  return servers.map(({ pid, command }) => {
    const [port, uiPort] = [/ --port (\d+)/.exec(command)?.[1], / --ui-port (\d+)/.exec(command)?.[1]];
    const known = port !== undefined && uiPort !== undefined;
    return { pid, ports: known ? { port: Number(port), uiPort: Number(uiPort) } : null };
  });
}

async function takeOver(file: string, { say, signal }: TemporalOptions): Promise<Ports | null> {
  const [first, ...others] = serversOf(file);
  if (first === undefined) return null;
  for (const { pid } of others) await endServer(pid);
  const { pid, ports } = first;
  if (ports !== null && (await until(() => answers(ports), 10_000, signal))) {
    say(`Temporal of ${file} still runs (process ${pid}): taken over on port ${ports.port}.`);
    return ports;
  }
  say(`Temporal of ${file} (process ${pid}) does not answer: it is ended and started again.`);
  await endProcess(pid, [
    ['SIGTERM', 2_000],
    ['SIGKILL', 5_000],
  ]);
  return null;
}

async function start(file: string, options: TemporalOptions): Promise<Ports> {
  const { dataFolder, say } = options;
  const binary = await findTemporalBinary(options);
  saysWhenNew(file, dataFolder, say);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(TEMPORAL.port, 'Temporal', say);
    const uiPort = await freePort(TEMPORAL.uiPort, "Temporal's UI", say);
    const problem = await startOn({ port, uiPort }, binary, file, options);
    if (problem === null) return { port, uiPort };
    // Its HTTP port, which nobody chooses, may have been taken in between too: the log says so.
    const free = (await isPortFree(port)) && (await isPortFree(uiPort)) && !problem.includes('address already in use');
    if (attempt === 5 || free) throw new Error(problem);
  }
}

/** The server never migrates a file of another version; the open work comes back from PostgreSQL. */
function saysWhenNew(file: string, dataFolder: string, say: Say): void {
  if (existsSync(file)) return;
  const old = readdirSync(dataFolder).filter((name) => /^temporal-.*\.db$/.test(name) && name !== basename(file));
  if (old.length === 0) return;
  say(
    `Temporal ${TEMPORAL.serverVersion} starts empty: ${old.join(', ')} is of another version and stays as it is. ` +
      `Settlements that are open are started again from PostgreSQL.`,
  );
}

async function startOn(
  ports: Ports,
  binary: string,
  file: string,
  { dataFolder, signal }: TemporalOptions,
): Promise<string | null> {
  const logFile = logFileIn(dataFolder);
  const log = openSync(logFile, 'a', 0o600);
  const args = [...serverArguments(ports, file), '--http-port', String(await anyFreePort())];
  const child = spawn(binary, args, { cwd: dataFolder, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const end: { how?: string } = {};
  child.once('error', (error) => (end.how = error.message));
  child.once('exit', (code, by) => (end.how = `it ended with ${by ?? `code ${String(code)}`}`));
  const ready = async () => end.how !== undefined || (await answers(ports));
  const endChild = async () => {
    if (child.pid !== undefined) await endServer(child.pid);
  };
  const inTime = await until(ready, READY_MS, signal)
    .catch(async (error: unknown) => {
      await endChild(); // the start was given up
      throw error;
    })
    .finally(() => child.unref());
  if (inTime && end.how === undefined) return null;
  await endChild();
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  return `Temporal does not start: ${end.how ?? `no answer for ${READY_MS / 1000} s`}. The end of ${logFile}:\n${tail}`;
}

function serverArguments({ port, uiPort }: Ports, file: string): string[] {
  return [
    ...['server', 'start-dev', '--db-filename', file],
    ...['--ip', TEMPORAL.host, '--port', String(port), '--ui-port', String(uiPort)],
    // NORMAL does not fsync each commit: what is lost there, the rows in PostgreSQL bring back.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--dynamic-config-value', 'frontend.WorkflowTimeSkippingEnabled=true'],
    ...['--log-level', 'warn', '--ui-disable-news-fetch'],
  ];
}

/** Whether the pinned version answers for the namespace, and the UI too. */
async function answers(ports: Ports): Promise<boolean> {
  const connection = Connection.lazy({ address: addressOf(ports) });
  try {
    const service = connection.workflowService;
    const info = await connection.withDeadline(Date.now() + 2_000, async () => {
      await service.describeNamespace({ namespace: TEMPORAL.namespace });
      return service.getSystemInfo({});
    });
    const page = await fetch(uiOf(ports), { signal: AbortSignal.timeout(2_000) });
    await page.body?.cancel();
    return info.serverVersion === TEMPORAL.serverVersion && page.ok;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function endServer(pid: number): Promise<void> {
  await endProcess(pid, [
    ['SIGTERM', 10_000],
    ['SIGKILL', 5_000],
  ]);
}
