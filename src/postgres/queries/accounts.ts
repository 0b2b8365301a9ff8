import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../sql';

const accountRow = z.object({
  id: z.string(),
  account_number: z.string(),
  kind: z.enum(['customer', 'fees', 'custody', 'receivables']),
  status: z.enum(['active', 'inactive', 'closed', 'margin_call']),
  currency_primary: z.string(),
});
export type AccountRow = z.output<typeof accountRow>;

const columns = sql.fragment`a.id, a.account_number, a.kind, a.status::text as status, a.currency_primary`;

/** An account by its id or its number; null if there is none. */
export function findAccount(db: CommonQueryMethods, idOrNumber: string): Promise<AccountRow | null> {
  return db.maybeOne(sql.type(accountRow)`
    select ${columns}
    from accounts a
    where a.account_number = ${idOrNumber} or a.id::text = lower(${idOrNumber})
    order by a.account_number = ${idOrNumber} desc
    limit 1
  `);
}

/** Accounts by number; customers only, unless system accounts are asked for. */
export function listAccounts(
  db: CommonQueryMethods,
  filter: { readonly status?: string | undefined; readonly with_system: boolean; readonly limit: number },
): Promise<readonly AccountRow[]> {
  const { status = null, with_system, limit } = filter;
  return db.any(sql.type(accountRow)`
    select ${columns}
    from accounts a
    where (${with_system} or a.kind = 'customer') and (${status}::text is null or a.status::text = ${status})
    order by a.account_number
    limit ${limit}
  `);
}
