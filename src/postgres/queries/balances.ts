import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../sql';

const balanceRow = z.object({
  account_id: z.string(),
  account_number: z.string(),
  asset: z.string(),
  available: z.string(),
  reserved: z.string(),
});
export type BalanceRow = z.output<typeof balanceRow>;

const columns = sql.fragment`
  b.account_id, a.account_number, b.asset,
  trim_scale(b.available)::text as available, trim_scale(b.reserved)::text as reserved
`;

/** All balances of these accounts, zeros too, by account and asset. */
export function balancesOf(db: CommonQueryMethods, accountIds: readonly string[]): Promise<readonly BalanceRow[]> {
  return db.any(sql.type(balanceRow)`
    select ${columns}
    from balances b
    join accounts a on a.id = b.account_id
    where b.account_id = any (${sql.array([...accountIds], 'uuid')})
    order by b.account_id, b.asset
  `);
}

/** Balances of every customer, by account number and asset. */
export function listBalances(
  db: CommonQueryMethods,
  filter: { readonly account_id?: string | undefined; readonly asset?: string | undefined; readonly limit: number },
): Promise<readonly BalanceRow[]> {
  const { account_id = null, asset = null, limit } = filter;
  return db.any(sql.type(balanceRow)`
    select ${columns}
    from balances b
    join accounts a on a.id = b.account_id
    where (${account_id}::uuid is null or b.account_id = ${account_id}::uuid)
      and (${asset}::text is null or b.asset = ${asset})
    order by a.account_number, b.asset
    limit ${limit}
  `);
}
