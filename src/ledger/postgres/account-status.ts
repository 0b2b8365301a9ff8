import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../../postgres/sql';

export interface StatusChange {
  readonly account_id: string;
  readonly status: 'active' | 'inactive';
  readonly actor: string;
  readonly reason: string;
}

/** Suspends or activates an account; answers the status before (migrations/functions/set_account_status.sql). */
export function setAccountStatus(db: CommonQueryMethods, change: StatusChange): Promise<string> {
  return db.oneFirst(sql.type(z.object({ previous_status: z.string() }))`
    select previous_status
    from set_account_status(${change.account_id}::uuid, ${change.status}, ${change.actor}, ${change.reason})
  `);
}
