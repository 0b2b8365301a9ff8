import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { printableText, type Refusal } from '../src/domain/refusal';
import type { Settlement } from '../src/domain/settlement';
import { settlementWorkflowId } from '../src/protocol/temporal/names';
import { outcomeOf } from '../src/protocol/temporal/settlement-messages';

/** Ends a run whose trade was refused: nothing was written, and the failure's type is the refusal's code. */
export function refuseTrade(refusal: Refusal): never {
  throw ApplicationFailure.create({
    type: refusal.code,
    message: refusal.reason,
    details: [refusal],
    nonRetryable: true,
  });
}

/** One trade, one workflow id: a second id would be a second driver that nobody finds. */
export function refuseWrongId(tradeEvent: unknown): void {
  const tradeId = (tradeEvent as { readonly trade_id?: unknown } | null | undefined)?.trade_id;
  const { workflowId } = workflowInfo();
  if (typeof tradeId !== 'string' || workflowId === settlementWorkflowId(tradeId)) return;
  refuseTrade({
    code: 'WRONG_WORKFLOW_ID',
    field: 'trade_id',
    reason: `the workflow id is not that of the trade: expected ${printableText(settlementWorkflowId(tradeId), 200)}`,
  });
}

/** How a settlement that is failed and final closes its workflow: the failure code is the type. */
export function closingFailureOf(s: Settlement): ApplicationFailure {
  return ApplicationFailure.create({
    type: s.failure_code ?? 'CANCELLED',
    message: s.failure_reason ?? 'closed as failed',
    details: [outcomeOf(s)],
    nonRetryable: true,
  });
}
