import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { processLock } from './locks';

/** A running process and its arguments. */
export interface RunningProcess {
  readonly pid: number;
  /** The program alone, with its folder where it was called so. */
  readonly program: string;
  /** The program and its arguments, one space between them. */
  readonly command: string;
}

/** What a program that has ended left behind. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run one program: see child_process.spawn. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const WATCH_MS = 1_000;

/** Runs a program to its end with standard input closed; a program that does not exist ends with code null. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const { timeoutMs, ...rest } = options;
    const child = spawn(program, [...args], { ...rest, stdio: ['ignore', 'pipe', 'pipe'] });
    // Not spawn's own timeout: its timer goes on, and keeps the process up, when the program does not exist.
    const limit = timeoutMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const finish = (code: number | null, problem = '') => {
      clearTimeout(limit);
      resolve({ code, stdout, stderr: stderr + problem });
    };
    child.once('error', (error) => finish(null, error.message));
    child.once('close', (code) => finish(code));
  });
}

/** The running processes whose command line contains the text; a shell or an editor that names our file too: look at `program`. */
export function processesNaming(text: string): RunningProcess[] {
  return allProcesses().filter((one) => one.command.includes(text) && one.pid !== process.pid);
}

/** The running processes whose current folder is exactly this one; only Linux can tell, elsewhere none are found. */
export function processesInFolder(folder: string): RunningProcess[] {
  return process.platform === 'linux' ? allProcesses().filter((one) => currentFolderOf(one.pid) === folder) : [];
}

function allProcesses(): RunningProcess[] {
  if (process.platform !== 'linux') return allProcessesFromPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), ...commandOf(name) }))
    .filter((one) => one.command !== '');
}

function allProcessesFromPs(): RunningProcess[] {
  const programs = columnOfPs('comm');
  return [...columnOfPs('command')].map(([pid, command]) => ({ pid, program: programs.get(pid) ?? '', command }));
}

function columnOfPs(column: 'comm' | 'command'): ReadonlyMap<number, string> {
  const { stdout } = spawnSync('ps', ['-axww', '-o', `pid=,${column}=`], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return new Map(
    stdout.split('\n').flatMap((line): [number, string][] => {
      const match = /^\s*(\d+)\s+(.*)$/.exec(line);
      return match?.[1] === undefined ? [] : [[Number(match[1]), match[2] ?? '']];
    }),
  );
}

function commandOf(pid: string): { program: string; command: string } {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return { program: line.split('\0')[0] ?? '', command: line.replaceAll('\0', ' ').trim() };
  } catch {
    return { program: '', command: '' };
  }
}

function currentFolderOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

/** Whether a process with this id runs (a zombie does not). */
export function isAlive(pid: number): boolean {
  return processLock.startedAt(pid) !== null;
}

/** Asks each second whether exactly these processes (id and start time) still run; tells once, of the first that does not. Gives a stop. */
export function watchProcesses(pids: readonly number[], onEnd: (pid: number) => void): () => void {
  const watched = pids.map((pid) => ({ pid, started: processLock.startedAt(pid) }));
  const timer = setInterval(() => {
    const gone = watched.find((one) => one.started === null || !processLock.isRunning(one));
    if (gone === undefined) return;
    clearInterval(timer);
    onEnd(gone.pid);
  }, WATCH_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Ends a process with each signal in turn, giving it the time that stands beside the signal; true when it is gone. */
export async function endProcess(pid: number, steps: readonly (readonly [NodeJS.Signals, number])[]): Promise<boolean> {
  const who = { pid, started: processLock.startedAt(pid) };
  if (who.started === null) return true;
  for (const [signal, waitMs] of steps) {
    if (!processLock.isRunning(who)) return true;
    sendSignal(pid, signal);
    if (await until(() => !processLock.isRunning(who), waitMs)) return true;
  }
  return false;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Asks again every 50 ms until the answer is true, at most for the given time; the last answer. */
export async function until(
  ask: () => boolean | Promise<boolean>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const end = Date.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await ask()) return true;
    if (Date.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
