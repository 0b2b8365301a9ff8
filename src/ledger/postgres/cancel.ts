import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { Command, CommandAnswer, SettlementRef } from '../port';
import { askCommands, commandColumns, commandRow, idsOf } from './answers';

/** Ends settlements for good, while there is nothing to undo but holds (migrations/functions/cancel_settlements.sql). */
export function cancel(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  command: Command,
): Promise<CommandAnswer[]> {
  return askCommands(
    pool,
    settlements,
    sql.type(commandRow)`
      select ${commandColumns}
      from cancel_settlements(
        ${idsOf(settlements)}, ${command.as_of.toISOString()}::timestamptz, ${command.actor}, ${command.reason}
      )
    `,
  );
}
