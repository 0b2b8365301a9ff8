import type { DatabasePool } from 'slonik';
import { isRetried } from '../../domain/failure';
import type { RetryPolicy } from '../../domain/settlement';
import { sql } from '../../postgres/sql';
import type { AttemptFailure, LedgerAnswer, LedgerContext } from '../port';
import { askSteps, distinct, stepColumns, stepRow } from './answers';

/** Ends an attempt: due again, parked, or closed, in one commit (migrations/functions/abort_attempts.sql). */
export function abort(
  pool: DatabasePool,
  policy: RetryPolicy,
  failures: readonly AttemptFailure[],
  context: LedgerContext,
): Promise<LedgerAnswer[]> {
  const payload = distinct(failures).map(({ settlement_id, attempt, code, reason }) => ({
    settlement_id,
    attempt,
    code,
    reason,
    is_retried: isRetried(code),
  }));
  return askSteps(
    pool,
    failures,
    sql.type(stepRow)`
      select ${stepColumns}
      from abort_attempts(
        ${sql.jsonb(payload)}, ${context.as_of.toISOString()}::timestamptz, ${context.actor},
        ${policy.retry_attempts}, ${policy.retry_delay_seconds}
      )
    `,
  );
}
