import { sql } from '../../postgres/sql';
import { type Fragment, sqlCheck } from '../check';
import { balancesOffPostings } from '../faults/balances';
import { accountsOfWrongTransactions, notNumbers, unbalanced } from '../faults/transactions';

/** Every column that holds an amount, a price or a quantity which the engine writes or reads; and what names a row. */
const AMOUNTS: readonly (readonly [table: string, key: Fragment, ...columns: string[]])[] = [
  ['accounts', sql.fragment`t.id`, 'cash_balance', 'reserved_balance'],
  ['balances', sql.fragment`concat_ws(' ', t.account_id, t.asset)`, 'available', 'reserved'],
  ['deposits', sql.fragment`t.id`, 'amount'],
  ['holds', sql.fragment`t.id`, 'amount'],
  ['orders', sql.fragment`t.id`, 'quantity', 'price', 'filled', 'average_fill_price', 'commission', 'commission_rate'],
  ['postings', sql.fragment`t.id`, 'amount'],
  ['settlements', sql.fragment`t.id`, 'quantity', 'amount', 'buyer_commission', 'seller_commission'],
  ['trades', sql.fragment`t.id`, 'quantity', 'price', 'gross_amount', 'commission', 'net_amount'],
  ['withdrawals', sql.fragment`t.id`, 'amount', 'fee', 'net_amount'],
];

function rowsWithoutNumber([table, key, ...columns]: (typeof AMOUNTS)[number]): Fragment {
  const values = columns.map((column) => sql.fragment`(${column}, ${sql.identifier(['t', column])})`);
  return sql.fragment`
    select format('%s %s: %s is %s.', ${table}::text, ${key}, v.name, v.value) as problem
    from ${sql.identifier([table])} t
    cross join lateral (values ${sql.join(values, sql.fragment`, `)}) as v (name, value)
    where v.value in ${notNumbers}
  `;
}

export const nothingIsNaN = sqlCheck({
  name: '1-every-amount-is-a-number',
  claim: 'No amount, price or quantity is NaN or infinite.',
  findings: sql.fragment`${sql.join(AMOUNTS.map(rowsWithoutNumber), sql.fragment` union all `)}`,
});

export const postingsSumToZero = sqlCheck({
  name: '1-postings-sum-to-zero',
  claim: 'Every ledger transaction sums to zero in each asset.',
  findings: sql.fragment`
    select format('Transaction %s leaves %s %s over.', u.transaction_id, trim_scale(u.total), u.asset) as problem
    from (${unbalanced}) u
    where u.total not in ${notNumbers}
  `,
});

export const balancesEqualPostings = sqlCheck({
  name: '1-balances-equal-postings',
  claim: 'Every customer balance, available and reserved together, equals the sum of its postings.',
  findings: sql.fragment`
    select
      b.account_id, b.asset, b.balance, b.total,
      format('Account %s (%s) has %s %s; its postings sum to %s.', b.account_number, b.account_id,
        coalesce(trim_scale(b.balance)::text, 'no row for'), b.asset, trim_scale(b.total)) as problem
    from (${balancesOffPostings}) b
    where coalesce(b.balance, 0) not in ${notNumbers} and b.total not in ${notNumbers}
  `,
  unless: [
    // A posting lost or changed leaves over in its transaction what it takes from its balance.
    sql.fragment`(f.asset, f.total - coalesce(f.balance, 0)) in (select u.asset, u.total from (${unbalanced}) u)`,
    sql.fragment`(f.account_id, f.asset) in (select w.account_id, w.asset from (${accountsOfWrongTransactions}) w)`,
  ],
});
