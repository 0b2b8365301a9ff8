/** What can be wrong with balances. Each export is a query; checks put its rows into sentences. */
import { sql } from '../../postgres/sql';
import { systemKinds } from './transactions';

/** Customers' balances that are not the fold of their postings; balance is null where the row is missing. */
export const balancesOffPostings = sql.fragment`
  select f.account_id, a.account_number, f.asset, f.balance, f.total
  from (
    select
      coalesce(b.account_id, p.account_id) as account_id, coalesce(b.asset, p.asset) as asset,
      b.available + b.reserved as balance, coalesce(p.total, 0) as total
    from balances b
    full join (
      select n.account_id, n.asset, sum(n.amount) as total
      from postings n
      group by n.account_id, n.asset
    ) p on p.account_id = b.account_id and p.asset = b.asset
  ) f
  join accounts a on a.id = f.account_id
  where a.kind not in ${systemKinds} and f.balance is distinct from f.total
`;

/** Balances whose reserved part is not the sum of the active holds; reserved is null where the row is missing. */
export const balancesOffHolds = sql.fragment`
  select r.account_id, a.account_number, r.asset, r.reserved, r.held
  from (
    select
      coalesce(b.account_id, h.account_id) as account_id, coalesce(b.asset, h.asset) as asset,
      b.reserved, coalesce(h.held, 0) as held
    from balances b
    full join (
      select n.account_id, n.asset, sum(n.amount) as held
      from holds n
      where n.status = 'active'
      group by n.account_id, n.asset
    ) h on h.account_id = b.account_id and h.asset = b.asset
  ) r
  join accounts a on a.id = r.account_id
  where r.reserved is distinct from r.held
`;
