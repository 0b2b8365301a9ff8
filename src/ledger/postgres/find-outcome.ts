import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, SettlementRef } from '../port';
import { askSteps, idsOf, stepColumns, stepRow } from './answers';

/** The rows as they are, read under their locks (migrations/functions/read_settlements.sql). */
export function findOutcome(pool: DatabasePool, settlements: readonly SettlementRef[]): Promise<LedgerAnswer[]> {
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`select ${stepColumns} from read_settlements(${idsOf(settlements)})`,
  );
}
