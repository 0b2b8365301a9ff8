import { CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { nextStep, type Settlement } from '../src/domain/settlement';
import { outcomeOf, type SettlementOutcome } from '../src/protocol/temporal/settlement-messages';
import { closingFailureOf, refuseTrade, refuseWrongId } from './settlement-failures';
import { openInbox } from './settlement-inbox';
import { acceptTrade, takeStep } from './settlement-steps';
import { showSettlement } from './settlement-display';

/** A waiter is woken when its turn comes; this is for the wake that was lost. A wake costs about 28 ms of CPU. */
const FALLBACK_WAIT_MS = 30_000;

/**
 * Settles one trade, delivery versus payment. The row is the truth and this only drives it: accept the trade (idempotent),
 * then again and again take the row as it is, do the one step that it asks for, and get the row back. So a new run goes
 * on from any state: after a retry, a reset, a terminate, a new version, or a Temporal server that lost everything.
 * Its only argument is the trade event; its id must be `settlement-<trade_id>`.
 * Completes with the outcome once settled; fails with the failure code as its type once failed and final.
 */
export async function settleTrade(tradeEvent: unknown): Promise<SettlementOutcome> {
  refuseWrongId(tradeEvent);
  const inbox = openInbox();
  // The UI's Cancel is a command like any other: it cancels the settlement if its row allows, never the steps under way.
  return CancellationScope.nonCancellable(async () => {
    // How many wakes had come when the row was asked for: one that comes while it is on its way is not slept over.
    let seen = inbox.wakes;
    let settlement = await acceptOrRefuse(tradeEvent);
    let waitsFor: string | null = null;
    for (;;) {
      inbox.settlement = settlement;
      const step = nextStep(settlement, Date.now());
      showSettlement(settlement, step.do === 'wait' ? waitOf(step, settlement) : waitsFor);
      if (step.do === 'end') {
        // A command that was under way may have reopened it.
        await condition(inbox.isEmpty);
        if (inbox.wakes === seen) break;
      }
      if (step.do === 'wait') await inbox.wait(seen, step.until_ms);
      seen = inbox.wakes;
      const taken = await takeStep(step.do === 'wait' || step.do === 'end' ? 'read' : step.do, settlement);
      // A database restored from before the acceptance: the trade is accepted anew.
      settlement = taken.settlement ?? (await acceptOrRefuse(tradeEvent));
      waitsFor = taken.waitsFor;
      if (waitsFor !== null) {
        showSettlement(settlement, waitsFor);
        await inbox.wait(seen, Date.now() + FALLBACK_WAIT_MS);
      }
      if (workflowInfo().continueAsNewSuggested) {
        await condition(inbox.isEmpty);
        await continueAsNew<typeof settleTrade>(tradeEvent);
      }
    }

    if (settlement.status === 'settled') return outcomeOf(settlement);
    throw closingFailureOf(settlement);
  });
}

async function acceptOrRefuse(tradeEvent: unknown): Promise<Settlement> {
  const accepted = await acceptTrade(tradeEvent);
  return 'refusal' in accepted ? refuseTrade(accepted.refusal) : accepted.settlement;
}

function waitOf(step: { readonly for: string }, { settlement_date }: Settlement): string | null {
  return step.for === 'settlement_date' ? `for its settlement date, ${settlement_date}` : null;
}
