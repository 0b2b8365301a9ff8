import type { DatabasePool } from 'slonik';
import { sql } from '../../postgres/sql';
import type { Command, CommandAnswer, SettlementRef } from '../port';
import { askCommands, commandColumns, commandRow, idsOf } from './answers';

/** Lets paused settlements go on, at their old places in line (migrations/functions/resume_settlements.sql). */
export function resume(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  command: Command,
): Promise<CommandAnswer[]> {
  return askCommands(
    pool,
    settlements,
    sql.type(commandRow)`
      select ${commandColumns}
      from resume_settlements(${idsOf(settlements)}, ${command.actor}, ${command.reason})
    `,
  );
}
