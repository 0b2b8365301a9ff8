import { Worker } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { workflowBundle } from './workflow-bundle';

/** Enough to see what tests of commands at once make; a whole day is a few shapes many times over. */
const MOST = 40;

/**
 * Replays the histories that a namespace holds against the code that made them. A history that its own code cannot replay
 * is a settlement that nobody drives after the next restart of the worker.
 */
export async function expectReplayable(client: Client): Promise<void> {
  const workflowBundleNow = await workflowBundle();
  const failures: string[] = [];
  let count = 0;
  for await (const { workflowId, runId } of client.workflow.list()) {
    if ((count += 1) > MOST) break;
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    try {
      await Worker.runReplayHistory({ workflowBundle: workflowBundleNow }, history, workflowId);
    } catch (error) {
      failures.push(`${workflowId}: ${String(error)}`);
    }
  }
  expect(failures).toEqual([]);
}
