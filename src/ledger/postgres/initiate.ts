import type { DatabasePool } from 'slonik';
import { dvpContractId } from '../../domain/ids';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, LedgerContext, SettlementRef } from '../port';
import { askSteps, distinct, stepColumns, stepRow } from './answers';

/** pending -> initiated, once the settlement date has come (migrations/functions/initiate_settlements.sql). */
export function initiate(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  const requests = distinct(settlements).map(({ settlement_id }) => ({
    settlement_id,
    dvp_contract_id: dvpContractId(settlement_id),
  }));
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`
      select ${stepColumns}
      from initiate_settlements(${sql.jsonb(requests)}, ${context.as_of.toISOString()}::timestamptz, ${context.actor})
    `,
  );
}
