import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { businessDayOf } from '../../domain/calendar';
import { idOfKey } from '../../domain/ids';
import { sql } from '../../postgres/sql';

/** A correction of one balance by ops, booked against the custody account. */
export interface Adjustment {
  readonly account_id: string;
  readonly asset: string;
  /** Signed decimal text: + credits the account. */
  readonly amount: string;
  /** The same key makes it happen once, however often it is sent. */
  readonly idempotency_key: string;
  readonly as_of: Date;
  readonly actor: string;
  readonly reason: string;
}

const row = z.object({
  /** known: done before under this key. conflict: the key stands for another adjustment. short: the debit takes too much.
   *  too_large: the balance would reach 1e20. */
  outcome: z.enum(['committed', 'known', 'conflict', 'short', 'too_large']),
  available: z.string(),
  reserved: z.string(),
  /** What settlements in line have still to take of `available`. */
  in_line: z.string(),
  wakes: z.array(z.string()),
});
export type AdjustmentAnswer = z.output<typeof row>;

/** Credits or debits a customer's balance, once for each key (migrations/functions/adjust_balance.sql). */
export function adjustBalance(db: CommonQueryMethods, adjustment: Adjustment): Promise<AdjustmentAnswer> {
  const { account_id, asset, amount, idempotency_key, as_of, actor, reason } = adjustment;
  return db.one(sql.type(row)`
    select outcome, available, reserved, in_line, wakes
    from adjust_balance(
      ${idempotency_key}, ${idOfKey(idempotency_key)}::uuid, 'adjustment', ${account_id}::uuid, ${asset},
      ${amount}::numeric, ${businessDayOf(as_of.getTime())}::date, ${actor}, ${reason}
    )
  `);
}
