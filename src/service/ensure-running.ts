import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { StartableSettlement } from '../postgres/queries/open-settlements';
import { settlementWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../protocol/temporal/names';
import { searchAttributesOf, staticSummaryOf } from '../protocol/temporal/settlement-visibility';
import { WAKE_SIGNAL } from '../protocol/temporal/settlement-messages';

/**
 * Makes sure that a settlement's workflow runs and reads its row: signal-with-start, so that it does not matter whether
 * it runs, has ended, was terminated, or was never started. The row, not a policy, prevents a second settlement.
 */
export async function ensureRunning(
  client: Client,
  { settlement, event }: StartableSettlement,
  priorityKey: number,
): Promise<void> {
  await client.workflow.signalWithStart(WORKFLOW_TYPES.settleTrade, {
    workflowId: settlementWorkflowId(settlement.trade_id),
    taskQueue: TASK_QUEUE,
    args: [event],
    signal: WAKE_SIGNAL,
    signalArgs: [],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    typedSearchAttributes: searchAttributesOf(settlement),
    staticSummary: staticSummaryOf(settlement),
    priority: { priorityKey },
  });
}

/** Wakes a workflow that should be there; false if it is not. */
export async function wakeIfRunning(client: Client, tradeId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(settlementWorkflowId(tradeId)).signal(WAKE_SIGNAL);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
