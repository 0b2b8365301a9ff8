/** What can be wrong with ledger transactions. Each export is a query; checks put its rows into sentences. */
import { sql } from '../../postgres/sql';

/** The kinds of account that have postings and no balances row. */
export const systemKinds = sql.fragment`('fees', 'custody', 'receivables')`;

/** The values of a numeric that are no amount. */
export const notNumbers = sql.fragment`('NaN'::numeric, 'Infinity'::numeric, '-Infinity'::numeric)`;

/** Transactions that leave something over in an asset; NaN is never zero, so one with a posting of NaN is here too. */
export const unbalanced = sql.fragment`
  select p.transaction_id, p.asset, sum(p.amount) as total
  from postings p
  group by p.transaction_id, p.asset
  having sum(p.amount) <> 0
`;

/** What each swap has too much of (surplus > 0) or too little of, next to what swap_postings() says. */
export const swapDifferences = sql.fragment`
  select d.transaction_id, d.settlement_id, d.account_id, d.asset, d.amount, sum(d.sign) as surplus
  from (
    select l.id as transaction_id, l.settlement_id, p.account_id, p.asset::text as asset, p.amount::numeric as amount, 1 as sign
    from ledger_transactions l
    join settlements s on s.id = l.settlement_id
    join postings p on p.transaction_id = l.id
    where l.kind = 'dvp'
    union all
    select l.id, l.settlement_id, w.account_id, w.asset, w.amount, -1
    from ledger_transactions l
    cross join lateral swap_postings(l.settlement_id) w
    where l.kind = 'dvp'
  ) d
  group by d.transaction_id, d.settlement_id, d.account_id, d.asset, d.amount
  having sum(d.sign) <> 0
`;

/** Settlements with more than one swap, or with one under a key that is not theirs: the key is what stops a second one. */
export const repeatedSwaps = sql.fragment`
  select
    l.settlement_id, count(*) as swaps,
    string_agg(format('%s under key %s', l.id, l.idempotency_key), ' and ' order by l.created_at, l.id) as transactions
  from ledger_transactions l
  where l.kind = 'dvp'
  group by l.settlement_id
  having count(*) > 1 or bool_or(l.idempotency_key <> format('settlement:%s:swap', l.settlement_id))
`;

/** Settlements with a swap in a state that has none, or without one in a state that needs it. */
export const swapsOffState = sql.fragment`
  select s.id as settlement_id, s.status, l.id as transaction_id
  from settlements s
  left join ledger_transactions l on l.settlement_id = s.id and l.kind = 'dvp'
  where (s.status in ('confirmed', 'settled')) <> (l.id is not null)
`;

/** Openings and adjustments that are not one amount between custody and a customer. */
export const oddFundings = sql.fragment`
  select l.id as transaction_id, l.kind, coalesce(string_agg(distinct a.account_number, ', '), 'nobody') as accounts
  from ledger_transactions l
  left join postings p on p.transaction_id = l.id
  left join accounts a on a.id = p.account_id
  where l.kind in ('opening', 'adjustment')
  group by l.id, l.kind
  having count(p.id) <> 2
    or count(*) filter (where a.kind = 'custody') <> 1
    or count(*) filter (where a.kind not in ${systemKinds}) <> 1
`;

/** The accounts and assets that a wrong transaction touches, or should have touched. */
export const accountsOfWrongTransactions = sql.fragment`
  select d.account_id, d.asset from (${swapDifferences}) d
  union all
  select p.account_id, p.asset
  from postings p
  join ledger_transactions l on l.id = p.transaction_id
  where l.settlement_id in (select r.settlement_id from (${repeatedSwaps}) r)
    or l.id in (select o.transaction_id from (${oddFundings}) o)
  union all
  select w.account_id, w.asset
  from (${swapsOffState}) m
  cross join lateral swap_postings(m.settlement_id) w
`;

/** Settlements whose swap is missing, there too early, repeated, or not what their terms say. */
export const settlementsOfWrongSwaps = sql.fragment`
  select d.settlement_id from (${swapDifferences}) d
  union all
  select r.settlement_id from (${repeatedSwaps}) r
  union all
  select m.settlement_id from (${swapsOffState}) m
`;
