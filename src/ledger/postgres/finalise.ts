import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { LedgerAnswer, LedgerContext, SettlementRef } from '../port';
import { askSteps, idsOf, stepColumns, stepRow } from './answers';

/** confirmed -> settled, after the swap was read back (migrations/functions/finalise_settlements.sql). */
export function finalise(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`select ${stepColumns} from finalise_settlements(${idsOf(settlements)}, ${context.actor})`,
  );
}
