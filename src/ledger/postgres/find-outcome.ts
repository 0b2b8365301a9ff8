import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, SettlementRef } from '../port';
import { askRows, idsOf, stepColumns, stepRow } from './answers';

/** The rows as they are, read under their locks (migrations/functions/read_settlements.sql). */
export function findOutcome(pool: DatabasePool, settlements: readonly SettlementRef[]): Promise<LedgerAnswer[]> {
  return askRows(
    pool,
    settlements,
    sql.type(stepRow)`select ${stepColumns} from read_settlements(${idsOf(settlements)})`,
  );
}
