import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A stack that another process started: what it is, and that process. */
export interface StartedElsewhere {
  readonly child: ChildProcess;
  readonly databaseUrl: string;
  readonly superuserUrl: string;
  readonly temporalAddress: string;
  readonly temporalUi: string;
  readonly dataFolder: string;
  readonly said: readonly string[];
}

const running = new Set<ChildProcess>();

/** Starts a stack in a process of its own, which a test may then kill; rejects with what it wrote when it fails. */
export async function startElsewhere(dataFolder: string): Promise<StartedElsewhere> {
  const args = ['-r', require.resolve('./run-typescript.cjs'), require.resolve('./stack-starter.ts'), dataFolder];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child)); // not at close: it comes later, and an exit is told once
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text));
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const ended = once(child, 'close').then(() => {
    throw new Error(problem.trim());
  });
  const [json] = await Promise.race([line, ended]);
  ended.catch(() => undefined);
  return { ...(JSON.parse(json) as Omit<StartedElsewhere, 'child'>), child };
}

/** Sends a signal to the starter and waits until it is gone. */
export async function signalStarter({ child }: StartedElsewhere, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** Kills every starter that still runs; its servers go on. */
export async function killStarters(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }),
  );
}
