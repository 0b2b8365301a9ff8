import { sql } from '../../../src/postgres/sql';
import { type Damage, allowAnyBalance, allowNaN } from './damage';

/** Damages to invariant 1: amounts, sums and balances. */
export const DAMAGES_1: readonly Damage[] = [
  {
    what: 'a balance is NaN',
    red: '1-every-amount-is-a-number',
    by: ({ seller }) => [
      ...allowNaN,
      allowAnyBalance,
      sql.void`update balances set available = 'NaN' where account_id = ${seller} and asset = 'BTC'`,
    ],
  },
  {
    what: 'a posting of a swap is NaN',
    red: '1-every-amount-is-a-number',
    by: ({ settled, seller }) => [
      ...allowNaN,
      sql.void`update postings set amount = 'NaN'
        where transaction_id::text = ${settled.dvp_atomic_transaction_id} and account_id = ${seller} and asset = 'BTC'`,
    ],
  },
  {
    what: 'the cash of an account is infinite',
    red: '1-every-amount-is-a-number',
    by: ({ seller }) => [
      sql.void`alter domain amount drop constraint amount_below_1e20`,
      allowAnyBalance,
      sql.void`update balances set available = 'Infinity' where account_id = ${seller} and asset = 'USDT'`,
      sql.void`update accounts set cash_balance = 'Infinity' where id = ${seller}`,
    ],
  },
  {
    what: 'a hold is NaN',
    red: '1-every-amount-is-a-number',
    by: ({ paused }) => [
      ...allowNaN,
      sql.void`update holds set amount = 'NaN' where id::text = ${paused.buyer_cash_ledger_ref}`,
    ],
  },
  {
    what: 'a posting of a swap is gone',
    red: '1-postings-sum-to-zero',
    by: ({ settled }) => [sql.void`delete from postings where id::text = ${settled.buyer_securities_ledger_ref}`],
  },
  {
    what: 'the debit of a swap is gone',
    red: '1-postings-sum-to-zero',
    by: ({ settled, buyer }) => [
      sql.void`delete from postings
        where transaction_id::text = ${settled.dvp_atomic_transaction_id} and account_id = ${buyer} and asset = 'USDT'`,
    ],
  },
  {
    what: "a customer's posting of an opening is gone",
    red: '1-postings-sum-to-zero',
    by: ({ buyer }) => [sql.void`delete from postings where account_id = ${buyer} and amount = 100000`],
  },
  {
    what: "custody's posting of an opening is gone",
    red: '1-postings-sum-to-zero',
    by: () => [sql.void`delete from postings where amount = -100000`],
  },
  {
    what: 'a posting is one too high',
    red: '1-postings-sum-to-zero',
    by: ({ settled }) => [
      sql.void`update postings set amount = amount + 1 where id::text = ${settled.seller_cash_ledger_ref}`,
    ],
  },
  {
    what: 'a balance + 1',
    red: '1-balances-equal-postings',
    by: ({ buyer }) => [
      sql.void`update balances set available = available + 1 where account_id = ${buyer} and asset = 'BTC'`,
    ],
  },
  {
    what: 'a balance of primary currency + 1',
    red: '1-balances-equal-postings',
    by: ({ buyer }) => [
      sql.void`update balances set available = available + 1 where account_id = ${buyer} and asset = 'USDT'`,
    ],
  },
  {
    what: 'a reserved balance + 1',
    red: '1-balances-equal-postings',
    by: ({ buyer }) => [
      sql.void`update balances set reserved = reserved + 1 where account_id = ${buyer} and asset = 'USDT'`,
    ],
  },
  {
    what: 'one balance + 1 and another - 1',
    red: '1-balances-equal-postings',
    by: ({ buyer, seller }) => [
      sql.void`update balances set available = available + case when account_id = ${buyer} then 1 else -1 end
        where account_id in (${buyer}, ${seller}) and asset = 'BTC'`,
    ],
  },
  {
    what: 'a balances row is gone',
    red: '1-balances-equal-postings',
    by: ({ buyer }) => [sql.void`delete from balances where account_id = ${buyer} and asset = 'USDT'`],
  },
  {
    what: 'an opening is gone, postings and all',
    red: '1-balances-equal-postings',
    by: () => [
      sql.void`delete from ledger_transactions where id in (select transaction_id from postings where amount = 100000)`,
      sql.void`delete from postings where abs(amount) = 100000`,
    ],
  },
];
