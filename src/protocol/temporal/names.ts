/** The task queue on which the single lane's workers listen. */
export const TASK_QUEUE = 'cantondex-settlement';

/** Workflow types: the names of the exports of workflows/index.ts. */
export const WORKFLOW_TYPES = { settleTrade: 'settleTrade' } as const;

/** The id of the workflow that drives a trade's settlement. */
export function settlementWorkflowId(tradeId: string): string {
  return `settlement-${tradeId}`;
}

/** Temporal's task priorities: smaller goes first. */
export const PRIORITY_KEYS = { command: 2, live: 3, sweeper: 5 } as const;
