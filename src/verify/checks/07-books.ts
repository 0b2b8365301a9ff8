import { sql } from '../../postgres/sql';
import { sqlCheck } from '../check';
import { balancesOffHolds, balancesOffPostings } from '../faults/balances';
import { notNumbers, oddFundings, systemKinds, unbalanced } from '../faults/transactions';

export const assetsSumToZero = sqlCheck({
  name: '7-assets-sum-to-zero',
  claim: 'Customers, fees, custody and receivables together sum to zero in each asset.',
  findings: sql.fragment`
    select k.asset, format('%s: %s, together %s.', k.asset, string_agg(format('%s %s', k.kind, trim_scale(k.total)), ', ' order by k.kind),
      trim_scale(sum(k.total))) as problem
    from (
      select p.asset, a.kind, sum(p.amount) as total
      from postings p
      join accounts a on a.id = p.account_id
      where a.kind = 'customer' or a.kind in ${systemKinds}
      group by p.asset, a.kind
    ) k
    group by k.asset
    having sum(k.total) <> 0
  `,
  unless: [sql.fragment`f.asset in (select u.asset from (${unbalanced}) u)`],
});

export const openingsComeFromCustody = sqlCheck({
  name: '7-openings-come-from-custody',
  claim: 'Every opening balance and every adjustment is one amount between custody and one customer.',
  findings: sql.fragment`
    select
      o.transaction_id,
      format('Transaction %s, an %s, has postings for %s.', o.transaction_id, o.kind, o.accounts) as problem
    from (${oddFundings}) o
  `,
  unless: [sql.fragment`f.transaction_id in (select u.transaction_id from (${unbalanced}) u)`],
});

export const onlyCustomersHaveBalances = sqlCheck({
  name: '7-only-customers-have-balances',
  claim: 'Fees, custody and receivables have postings and no balances row.',
  findings: sql.fragment`
    select format('Account %s is the %s account and has a balances row of %s %s.', a.account_number, a.kind,
      trim_scale(b.available + b.reserved), b.asset) as problem
    from balances b
    join accounts a on a.id = b.account_id
    where a.kind in ${systemKinds}
  `,
});

export const accountsShowTheirCash = sqlCheck({
  name: '7-accounts-show-their-cash',
  claim: 'cash_balance and reserved_balance of every account are those of its primary currency.',
  findings: sql.fragment`
    select
      a.id as account_id, a.currency_primary as asset,
      format('Account %s shows %s and %s %s; its balance is %s available and %s reserved.', a.account_number,
        trim_scale(a.cash_balance), trim_scale(a.reserved_balance), a.currency_primary,
        trim_scale(coalesce(b.available, 0)), trim_scale(coalesce(b.reserved, 0))) as problem
    from accounts a
    left join balances b on b.account_id = a.id and b.asset = a.currency_primary and a.kind not in ${systemKinds}
    where (a.cash_balance, a.reserved_balance) is distinct from (coalesce(b.available, 0), coalesce(b.reserved, 0))
      and a.cash_balance not in ${notNumbers} and a.reserved_balance not in ${notNumbers}
  `,
  unless: [
    sql.fragment`(f.account_id, f.asset) in (select b.account_id, b.asset from (${balancesOffPostings}) b)`,
    sql.fragment`(f.account_id, f.asset) in (select b.account_id, b.asset from (${balancesOffHolds}) b)`,
  ],
});
