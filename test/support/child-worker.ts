import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { WorkerOptions } from '../../src/worker/run-worker';

export type ChildWorkerOptions = Omit<WorkerOptions, 'log' | 'bundle'>;

export interface ChildWorker {
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** A worker in a process of its own, which a test may kill. It ends with the test's process at the latest. */
export async function startChildWorker(options: ChildWorkerOptions): Promise<ChildWorker> {
  const script = ['-r', join(__dirname, 'run-typescript.cjs'), join(__dirname, 'worker-starter.ts')];
  const child = spawn(process.execPath, [...script, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const gone = once(child, 'close');
  const up = once(createInterface(child.stdout), 'line');
  await Promise.race([
    up,
    gone.then(() => {
      throw new Error('the child worker did not start; what it said is above');
    }),
  ]);
  return {
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
