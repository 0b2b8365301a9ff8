import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { openingKey, idOfKey, userIdOfAccount } from '../../domain/ids';
import { sql } from '../../postgres/sql';

/** An account to be opened, should it not be there. */
export interface AccountOpening {
  readonly account_id: string;
  readonly account_number: string;
  readonly status: string;
  readonly currency_primary: string;
}

/** A balance to be opened, should it not be there. `amount` is a plain decimal string. */
export interface BalanceOpening {
  readonly account_id: string;
  readonly asset: string;
  readonly amount: string;
}

/** Why an account cannot be opened as it was asked for. */
export interface AccountClash {
  readonly account_id: string;
  readonly account_number: string;
  readonly problem: string;
}

const clashRow = z.object({ account_id: z.string(), account_number: z.string(), problem: z.string() });

/** Opens accounts, each with a user of its own (migrations/functions/open_accounts.sql). After a clash: roll back. */
export function openAccounts(
  db: CommonQueryMethods,
  accounts: readonly AccountOpening[],
): Promise<readonly AccountClash[]> {
  const requests = accounts.map((account) => ({
    ...account,
    user_id: userIdOfAccount(account.account_id),
    email: `${account.account_id}@accounts.cantondex.invalid`,
  }));
  return db.any(sql.type(clashRow)`
    select account_id, account_number, problem from open_accounts(${sql.jsonb(requests)})
  `);
}

/** Opens balances; answers how many were not there before (migrations/functions/open_balances.sql). */
export function openBalances(
  db: CommonQueryMethods,
  openings: readonly BalanceOpening[],
  { actor, reason }: { readonly actor: string; readonly reason: string },
): Promise<number> {
  const requests = openings.map((opening) => {
    const idempotency_key = openingKey(opening.account_id, opening.asset);
    return { ...opening, idempotency_key, transaction_id: idOfKey(idempotency_key) };
  });
  return db.oneFirst(sql.type(z.object({ opened: z.int() }))`
    select opened from open_balances(${sql.jsonb(requests)}, ${actor}, ${reason})
  `);
}
