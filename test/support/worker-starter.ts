import { createLog } from '../../src/log';
import { runWorker } from '../../src/worker/run-worker';
import type { ChildWorkerOptions } from './child-worker';
import { workflowBundle } from './workflow-bundle';

/** Runs a worker with the options given as JSON, says so by a line, and ends when the test is gone. */
async function main(options: ChildWorkerOptions): Promise<void> {
  const log = createLog(process.env['LOG_LEVEL'] ?? 'silent');
  await runWorker({ ...options, log, bundle: await workflowBundle() });
  process.stdin.once('end', () => process.exit(0)).resume();
  console.log('up');
}

main(JSON.parse(process.argv[2] ?? '') as ChildWorkerOptions).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
