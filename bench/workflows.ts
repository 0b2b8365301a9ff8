import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { SettlementActivities, StepAnswer } from '../src/protocol/temporal/settlement-activities';

/** The engine's own workflow, unchanged. */
export { settleTrade } from '../workflows/settle-trade';

const activities = proxyActivities<SettlementActivities>({ startToCloseTimeout: '10s' });

/**
 * What a Temporal sample would do: six regular activities in a row, one SQL transaction each. The same SQL, the same
 * guarantees of each step; no commands, no waiting in line, no way back.
 */
export async function settleNaively(event: unknown): Promise<string> {
  const accepted = await activities.acceptTrade({ event, as_of_ms: Date.now() });
  if ('refusal' in accepted) throw ApplicationFailure.nonRetryable(accepted.refusal.reason, accepted.refusal.code);
  const { id } = accepted.settlement;
  const request = () => ({ settlement_id: id, attempt: 1, as_of_ms: Date.now() });
  expectDone(await activities.initiateSettlement(request()));
  expectDone(await activities.lockSecurities(request()));
  expectDone(await activities.lockCash(request()));
  expectDone(await activities.executeSwap(request()));
  return expectDone(await activities.finaliseSettlement(request()));
}

function expectDone(answer: StepAnswer): string {
  if (answer.outcome !== 'committed' || answer.settlement === null) {
    throw ApplicationFailure.nonRetryable(answer.reason ?? answer.outcome, answer.code ?? 'NOT_COMMITTED');
  }
  return answer.settlement.status;
}
