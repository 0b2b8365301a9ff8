import type { Client } from '@temporalio/client';
import type { DatabasePool } from 'slonik';
import type { Settlement } from '../domain/settlement';
import type { Ledger } from '../ledger/port';
import type { Logger } from '../log';
import { startableByTradeIds } from '../postgres/queries/open-settlements';
import { findSettlement } from '../postgres/queries/settlements';
import { PRIORITY_KEYS } from '../protocol/temporal/names';
import type { CommandVerb, SettlementCommand } from '../protocol/temporal/settlement-messages';
import { ensureRunning, wakeIfRunning } from './ensure-running';
import type { Waker } from './waker';

/** What a command of ops answers: the row afterwards and before, or why its state forbids it. */
export type CommandResult =
  | { readonly outcome: 'committed'; readonly settlement: Settlement; readonly before: Settlement }
  | { readonly outcome: 'forbidden'; readonly settlement: Settlement; readonly reason: string }
  | { readonly outcome: 'not_found' };

export interface SettlementCommands {
  /** Carries a command out on the row, then wakes the workflow. `id` is a settlement id or a trade id. */
  send(verb: CommandVerb, id: string, command: SettlementCommand): Promise<CommandResult>;
}

/** The row has changed already: whoever sent the command does not wait longer for a Temporal that is down. */
const TELL_WITHIN_MS = 5_000;

/** Commands as transitions of the row; Temporal only hears of them, so they work while it is down. */
export function createSettlementCommands(
  ledger: Ledger,
  pool: DatabasePool,
  client: Client,
  waker: Waker,
  log: Logger,
): SettlementCommands {
  async function tellWorkflow(settlement: Settlement): Promise<void> {
    try {
      await client.withDeadline(Date.now() + TELL_WITHIN_MS, async () => {
        if (settlement.closed_at !== null) {
          await wakeIfRunning(client, settlement.trade_id);
          return;
        }
        for (const startable of await startableByTradeIds(pool, [settlement.trade_id])) {
          await ensureRunning(client, startable, PRIORITY_KEYS.command);
        }
      });
    } catch (error) {
      log.warn(
        { tradeId: settlement.trade_id, err: error },
        'Temporal was not told; the sweeper wakes the workflow when it is due',
      );
    }
  }

  return {
    async send(verb, id, { actor, reason }) {
      const before = await findSettlement(pool, id);
      if (before === null) return { outcome: 'not_found' };
      const [answer] = await ledger[verb]([{ settlement_id: before.id, attempt: before.attempt }], {
        as_of: new Date(),
        actor,
        reason,
      });
      const settlement = answer?.settlement ?? before;
      if (answer?.outcome !== 'committed') {
        return { outcome: 'forbidden', settlement, reason: answer?.reason ?? 'the settlement is gone' };
      }
      waker.wake(answer.wakes);
      await tellWorkflow(settlement);
      return { outcome: 'committed', settlement, before };
    },
  };
}
