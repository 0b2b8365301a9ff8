import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, LedgerContext, SettlementRef } from '../port';
import { askSteps, idsOf, stepColumns, stepRow } from './answers';

/** Closes failed settlements whose deadline has passed (migrations/functions/close_settlements.sql). */
export function close(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`
      select ${stepColumns}
      from close_settlements(${idsOf(settlements)}, ${context.as_of.toISOString()}::timestamptz, ${context.actor})
    `,
  );
}
