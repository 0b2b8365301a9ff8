import type { DatabasePool } from 'slonik';
import { idOfKey, swapKey } from '../../domain/ids';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, LedgerContext, SettlementRef } from '../port';
import { askSteps, distinct, stepColumns, stepRow } from './answers';

/** The swap, both legs and the fees in one commit (migrations/functions/execute_settlements.sql). */
export function execute(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  const requests = distinct(settlements).map(({ settlement_id, attempt }) => {
    const key = swapKey(settlement_id);
    return { settlement_id, attempt, transaction_id: idOfKey(key), idempotency_key: key };
  });
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`
      select ${stepColumns}
      from execute_settlements(${sql.jsonb(requests)}, ${context.as_of.toISOString()}::timestamptz, ${context.actor})
    `,
  );
}
