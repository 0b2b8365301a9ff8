import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { Command, CommandAnswer, SettlementRef } from '../port';
import { askCommands, commandColumns, commandRow, idsOf } from './answers';

/** Stops settlements where they are until they are resumed (migrations/functions/pause_settlements.sql). */
export function pause(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  command: Command,
): Promise<CommandAnswer[]> {
  return askCommands(
    pool,
    settlements,
    sql.type(commandRow)`
      select ${commandColumns}
      from pause_settlements(
        ${idsOf(settlements)}, ${command.as_of.toISOString()}::timestamptz, ${command.actor}, ${command.reason}
      )
    `,
  );
}
