import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../src/embedded/project-root';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of ours that runs, what it has written, and its end. */
export interface RunningCommand {
  readonly child: ChildProcess;
  written(): { readonly stdout: string; readonly stderr: string };
  readonly ended: Promise<CommandResult>;
}

/** Runs the bootstrap as npm does: `task` is 'start' or 'cli'. Servers' variables of the test run are not passed on. */
export function spawnTask(task: 'start' | 'cli', args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
  const file = join(projectRoot(), 'src', 'embedded', 'bootstrap.cjs');
  const child = spawn(process.execPath, [file, task, ...args], {
    env: { ...process.env, DATABASE_URL: undefined, TEMPORAL_ADDRESS: undefined, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, written: () => ({ stdout, stderr }), ended };
}

/** Runs one command of the CLI to its end. */
export function runCli(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
  const { child, ended } = spawnTask('cli', args, env);
  child.stdin?.end(input);
  return ended;
}
