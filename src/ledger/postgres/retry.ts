import type { DatabasePool } from 'slonik';
import { businessDayOf, deadlineAt } from '../../domain/calendar';
import { dvpContractId } from '../../domain/ids';
import { sql } from '../../postgres/sql';
import type { Command, CommandAnswer, LedgerAnswer, LedgerContext, SettlementRef } from '../port';
import { askCommands, askSteps, commandColumns, commandRow, distinct, stepColumns, stepRow } from './answers';

/** The engine's own next attempt, when it is due (migrations/functions/retry_due_settlements.sql). */
export function retryDue(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  return askSteps(
    pool,
    settlements,
    sql.type(stepRow)`
      select ${stepColumns}
      from retry_due_settlements(${sql.jsonb(attemptsOf(settlements))}, ${context.as_of.toISOString()}::timestamptz)
    `,
  );
}

/** When a reopened settlement closes again: counted from today, as if it were accepted now. */
export interface DeadlinePolicy {
  readonly deadline_business_days: number;
  /** Instead of the business days. */
  readonly deadline_seconds?: number | null;
}

/** Ops' retry: one attempt more, a closed one reopened first (migrations/functions/retry_settlements.sql). */
export function retry(
  pool: DatabasePool,
  policy: DeadlinePolicy,
  settlements: readonly SettlementRef[],
  command: Command,
): Promise<CommandAnswer[]> {
  const new_deadline_at = new Date(newDeadline(command.as_of.getTime(), policy)).toISOString();
  const requests = attemptsOf(settlements).map((attempt) => ({ ...attempt, new_deadline_at }));
  return askCommands(
    pool,
    settlements,
    sql.type(commandRow)`
      select ${commandColumns}
      from retry_settlements(
        ${sql.jsonb(requests)}, ${command.as_of.toISOString()}::timestamptz, ${command.actor}, ${command.reason}
      )
    `,
  );
}

function newDeadline(as_of_ms: number, { deadline_business_days, deadline_seconds }: DeadlinePolicy): number {
  return deadline_seconds === undefined || deadline_seconds === null
    ? deadlineAt(businessDayOf(as_of_ms), deadline_business_days)
    : as_of_ms + deadline_seconds * 1000;
}

function attemptsOf(settlements: readonly SettlementRef[]) {
  return distinct(settlements).map(({ settlement_id, attempt }) => ({
    settlement_id,
    attempt,
    dvp_contract_id: dvpContractId(settlement_id),
  }));
}
