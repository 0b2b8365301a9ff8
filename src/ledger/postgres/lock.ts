import type { DatabasePool } from 'slonik';
import { holdKey, idOfKey, type HoldSide } from '../../domain/ids';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, LedgerContext, SettlementRef } from '../port';
import { askSteps, distinct, stepColumns, stepRow } from './answers';

/** Holds the seller's securities or the buyer's cash, in the order of acceptance (migrations/functions/lock_leg.sql). */
export function lock(
  pool: DatabasePool,
  side: HoldSide,
  settlements: readonly SettlementRef[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  const requests = distinct(settlements).map(({ settlement_id, attempt }) => {
    const key = holdKey(settlement_id, attempt, side);
    return { settlement_id, attempt, hold_id: idOfKey(key), idempotency_key: key };
  });
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`
      select ${stepColumns}
      from lock_leg(${side}, ${sql.jsonb(requests)}, ${context.as_of.toISOString()}::timestamptz, ${context.actor})
    `,
  );
}
