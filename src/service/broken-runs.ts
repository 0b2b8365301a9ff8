import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { StartableSettlement } from '../postgres/queries/open-settlements';
import { settlementWorkflowId } from '../protocol/temporal/names';

/** A row that was due so often in a row without a step is not driven by the run that it has. */
const CLAIMS_WITHOUT_A_STEP = 3;

/** Remembers how often due settlements were claimed without having moved. */
export interface BrokenRuns {
  /** Ends the runs that fail their workflow task, so that the next start goes on from the row. Answers their trade ids. */
  end(claimed: readonly StartableSettlement[]): Promise<string[]>;
}

/**
 * Finds runs that cannot go on: a signal reaches them and changes nothing, since each workflow task fails (code that does
 * not fit the history, an argument that is no JSON). A run keeps nothing that matters, so it is ended and the row lives on.
 */
export function createBrokenRuns(client: Client): BrokenRuns {
  let seen = new Map<string, { readonly event_seq: number; readonly claims: number }>();

  return {
    async end(claimed) {
      const ended: string[] = [];
      const now = new Map(seen);
      for (const { settlement } of claimed) {
        const before = seen.get(settlement.id);
        const claims = before?.event_seq === settlement.event_seq ? before.claims + 1 : 1;
        now.set(settlement.id, { event_seq: settlement.event_seq, claims });
        if (claims < CLAIMS_WITHOUT_A_STEP) continue;
        now.delete(settlement.id);
        if (await endIfBroken(client, settlement.trade_id)) ended.push(settlement.trade_id);
      }
      if (now.size > MOST_REMEMBERED) now.clear();
      seen = now;
      return ended;
    },
  };
}

/** What has settled since is never asked for again; now and then all is forgotten, which only delays an end. */
const MOST_REMEMBERED = 10_000;

async function endIfBroken(client: Client, tradeId: string): Promise<boolean> {
  const handle = client.workflow.getHandle(settlementWorkflowId(tradeId));
  try {
    const { raw } = await handle.describe();
    if ((raw.pendingWorkflowTask?.attempt ?? 1) < 2) return false;
    await handle.terminate('Its workflow task fails again and again: started anew from the row.');
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
