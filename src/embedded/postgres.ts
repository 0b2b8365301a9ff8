import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { chownSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Client } from 'pg';
import type { DataFolder } from './data-folder';
import { type Say, freePort, isPortFree } from './ports';
import { endProcess, isAlive, processesInFolder, processesNaming, run, type RunningProcess, until } from './processes';
import { postgresBinaries } from './postgres-binaries';
import { type PostgresPasswords, postgresPasswords, postgresUrl } from './postgres-passwords';
import { ensureRoles } from './postgres-roles';
import { postgresSettings } from './postgres-settings';
import { type ServerUser, chooseServerUser } from './server-user';
import { POSTGRES } from './stack-constants';

/** A running PostgreSQL of one data folder. */
export interface PostgresServer {
  readonly port: number;
  /** As the application's role. */
  readonly databaseUrl: string;
  readonly superuserUrl: string;
  /** The postmaster; undefined when it has ended already. */
  readonly pid: number | undefined;
  readonly logFile: string;
  stop(): Promise<void>;
}

/** What startPostgres needs to know. */
export interface PostgresOptions {
  readonly folder: DataFolder;
  readonly say: Say;
  /** False only for a throw-away cluster: nothing survives a crash of the machine. */
  readonly durable: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface Cluster extends PostgresOptions {
  readonly user: ServerUser;
  readonly pgdata: string;
  readonly logFile: string;
  readonly passwords: PostgresPasswords;
}

const READY_MS = 120_000;

/** Starts PostgreSQL in the folder, or takes over the one that outlived its starter; roles and database are made. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { folder, say } = options;
  const user = await chooseServerUser(postgresBinaries(), folder, say);
  const cluster: Cluster = {
    ...options,
    user,
    pgdata: join(realpathSync(user.home), `postgres-${POSTGRES.major}`),
    logFile: join(folder.path, 'postgres.log'),
    passwords: postgresPasswords(user.home),
  };
  if (!existsSync(cluster.pgdata)) await initialise(cluster);
  const port = (await takeOver(cluster)) ?? (await start(cluster));
  const { superuser, database, userRole } = POSTGRES;
  const superuserUrl = postgresUrl(superuser, cluster.passwords.superuser, port, superuser);
  try {
    await ensureRoles(superuserUrl, cluster.passwords.user);
  } catch (error) {
    await stop(cluster);
    throw error;
  }
  return {
    port,
    databaseUrl: postgresUrl(userRole, cluster.passwords.user, port, database),
    superuserUrl,
    pid: postmasterOf(cluster.pgdata),
    logFile: cluster.logFile,
    stop: () => stop(cluster),
  };
}

/** Makes the cluster beside its place and renames it: a half-made one is never taken for a whole one. */
async function initialise({ user, pgdata, passwords, folder, signal }: Cluster): Promise<void> {
  const beside = `${pgdata}.new`;
  const passwordFile = join(user.home, 'initdb-password');
  for (const left of programsNaming(beside)) await endProcess(left.pid, [['SIGKILL', 5_000]]);
  rmSync(beside, { recursive: true, force: true });
  writeFileSync(passwordFile, passwords.superuser, { mode: 0o600 });
  if (user.identity.uid !== undefined) chownSync(passwordFile, user.identity.uid, user.identity.gid ?? -1);
  const settings = ['-U', POSTGRES.superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--data-checksums'];
  const locale = ['--encoding=UTF8', '--locale=C'];
  const [program, args] = commandLine(user, 'initdb', ['-D', beside, ...settings, ...locale]);
  const ended = await run(program, args, { ...user.identity, cwd: user.home, signal });
  rmSync(passwordFile, { force: true });
  signal?.throwIfAborted();
  if (ended.code !== 0) {
    throw new Error(
      `PostgreSQL's data cannot be made in ${folder.path}: ${ended.stderr.trim() || ended.stdout.trim()}`,
    );
  }
  appendFileSync(join(beside, 'postgresql.conf'), "\ninclude_if_exists = 'cantondex.conf'\n");
  renameSync(beside, pgdata);
}

function commandLine(user: ServerUser, name: string, args: readonly string[]): [string, string[]] {
  const [program, ...rest] = [...user.prefix, join(user.binaries, 'bin', name), ...args];
  return [program ?? name, rest];
}

/** The port of a postmaster of this very data folder that still answers; ends one that does not, and what it left. */
async function takeOver(cluster: Cluster): Promise<number | null> {
  const { pgdata, say, signal } = cluster;
  const running = postmasterOf(pgdata);
  if (running !== undefined) {
    const answers = async () => {
      const file = readPostmasterFile(pgdata);
      return file !== null && (await isOurs(cluster, file.port));
    };
    const port = (await until(answers, 10_000, signal)) ? readPostmasterFile(pgdata)?.port : undefined;
    if (port !== undefined) {
      say(`PostgreSQL of ${pgdata} still runs (process ${running}): taken over on port ${port}.`);
      return port;
    }
    say(`PostgreSQL of ${pgdata} (process ${running}) does not answer: it is ended and started again.`);
  }
  await endAll(cluster);
  return null;
}

/** What we start: unshare becomes the program that it names. */
const PROGRAMS = new Set(['postgres', 'initdb', 'unshare']);

/** PostgreSQL's own processes whose command line has the text: not a shell or an editor that names the same folder. */
function programsNaming(text: string): RunningProcess[] {
  return processesNaming(text).filter((one) => PROGRAMS.has(basename(one.program)));
}

/** The postmaster of this data folder, by its command line; its children look the same for a moment. */
function postmasterOf(pgdata: string): number | undefined {
  const found = programsNaming(`-D ${pgdata}`).filter((one) => one.command.endsWith(`-D ${pgdata}`));
  const named = readPostmasterFile(pgdata)?.pid;
  return (found.find((one) => one.pid === named) ?? found[0])?.pid;
}

function readPostmasterFile(pgdata: string): { pid: number; port: number; ready: boolean } | null {
  try {
    const lines = readFileSync(join(pgdata, 'postmaster.pid'), 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return Number.isInteger(port) && port > 0 ? { pid, port, ready: lines[7]?.trim() === 'ready' } : null;
  } catch {
    return null;
  }
}

async function isOurs({ passwords, pgdata }: Cluster, port: number): Promise<boolean> {
  const connectionString = postgresUrl(POSTGRES.superuser, passwords.superuser, port, POSTGRES.superuser);
  const client = new Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined); // an error of a connection that is given up is none of ours
  try {
    await client.connect();
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
    return rows[0]?.folder === pgdata;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Ends the postmaster, then the backends: a busy one outlives its postmaster and would keep the next one from starting. */
async function endAll({ pgdata, say }: Cluster): Promise<void> {
  const postmaster = postmasterOf(pgdata);
  if (postmaster !== undefined)
    await endProcess(postmaster, [
      ['SIGQUIT', 5_000],
      ['SIGKILL', 5_000],
    ]);
  const backends = processesInFolder(pgdata);
  if (backends.length > 0 && !(await until(() => backends.every(({ pid }) => !isAlive(pid)), 500))) {
    const busy = backends.filter(({ pid }) => isAlive(pid)).map(({ pid }) => pid);
    say(`A PostgreSQL that was killed left ${busy.length} busy backend(s) (${busy.join(', ')}): they are ended.`);
    await Promise.all(
      busy.map((pid) =>
        endProcess(pid, [
          ['SIGTERM', 3_000],
          ['SIGKILL', 5_000],
        ]),
      ),
    );
  }
  if (postmasterOf(pgdata) === undefined) rmSync(join(pgdata, 'postmaster.pid'), { force: true });
}

/** Starts the server on the usual port, or on another when it is taken, also when somebody takes it in between. */
async function start(cluster: Cluster): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(POSTGRES.port, 'PostgreSQL', cluster.say);
    const problem = await startOn(cluster, port);
    if (problem === null) return port;
    if (attempt === 5 || (await isPortFree(port))) throw new Error(problem);
  }
}

async function startOn(cluster: Cluster, port: number): Promise<string | null> {
  const { user, pgdata, logFile, durable, signal } = cluster;
  writeFileSync(join(pgdata, 'cantondex.conf'), postgresSettings(port, durable), { mode: 0o644 });
  const log = openSync(logFile, 'a', 0o600);
  const [program, args] = commandLine(user, 'postgres', ['-D', pgdata]);
  const stdio: ['ignore', number, number] = ['ignore', log, log];
  const child = spawn(program, args, { ...user.identity, cwd: user.home, detached: true, stdio });
  closeSync(log);
  const end: { how?: string } = {};
  child.once('error', (error) => (end.how = error.message));
  child.once('exit', (code, by) => (end.how = `it ended with ${by ?? `code ${String(code)}`}`));
  const ready = () => {
    const file = readPostmasterFile(pgdata);
    return end.how !== undefined || (file !== null && file.pid === child.pid && file.ready);
  };
  const inTime = await until(ready, READY_MS, signal)
    .catch(async (error: unknown) => {
      await endAll(cluster); // the start was given up
      throw error;
    })
    .finally(() => child.unref());
  if (inTime && end.how === undefined) return null;
  await endAll(cluster);
  return `PostgreSQL does not start: ${end.how ?? `not ready after ${READY_MS / 1000} s`}. The end of ${logFile}:\n${tail(logFile)}`;
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
}

/** Lets running transactions be rolled back and the data be written; harder when that takes too long. */
async function stop(cluster: Cluster): Promise<void> {
  const postmaster = postmasterOf(cluster.pgdata);
  if (postmaster === undefined) {
    await endAll(cluster); // it was killed: what it left
    return;
  }
  await endProcess(postmaster, [
    ['SIGINT', 30_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ]);
}
