import { sql } from '../../../src/postgres/sql';
import { type Damage, dropConstraint, addPostings, SECOND, secondSwap, moveBalances } from './damage';

/** Damages to invariant 3: one settlement, one swap, both legs. */
export const DAMAGES_3: readonly Damage[] = [
  {
    what: 'a second settlement for one trade',
    red: '3-one-settlement-per-trade',
    by: ({ future }) => [
      dropConstraint('settlements', 'settlements_trade_id_key'),
      sql.void`insert into settlements (id, trade_id, buyer_account_id, seller_account_id, symbol, base_asset, quote_asset,
          quantity, amount, buyer_commission, seller_commission, accept_seq, event_seq, settlement_date,
          intended_settlement_date, deadline_at)
        select ${SECOND}::uuid, trade_id, buyer_account_id, seller_account_id, symbol, base_asset, quote_asset,
          quantity, amount, buyer_commission, seller_commission, accept_seq + 1000, 1, settlement_date,
          intended_settlement_date, deadline_at
        from settlements where id = ${future.id}`,
    ],
  },
  {
    what: 'a second swap, balances and all',
    red: '3-one-swap-per-settlement',
    by: ({ settled }) => [...secondSwap(settled.id), ...moveBalances(settled.id)],
  },
  {
    what: 'a second swap that moved no balance',
    red: '3-one-swap-per-settlement',
    by: ({ settled }) => secondSwap(settled.id),
  },
  {
    what: 'a swap under another key',
    red: '3-one-swap-per-settlement',
    by: ({ settled }) => [
      sql.void`update ledger_transactions set idempotency_key = 'mine' where settlement_id = ${settled.id}`,
    ],
  },
  {
    what: 'a swap is gone, postings and all',
    red: '3-swap-exactly-when-confirmed',
    by: ({ settled }) => [
      sql.void`delete from postings where transaction_id::text = ${settled.dvp_atomic_transaction_id}`,
      sql.void`delete from ledger_transactions where settlement_id = ${settled.id}`,
    ],
  },
  {
    what: 'a swap before its time, balances and all',
    red: '3-swap-exactly-when-confirmed',
    by: ({ future }) => [...secondSwap(future.id, `settlement:${future.id}:swap`), ...moveBalances(future.id)],
  },
  {
    what: 'a posting doubled with its counterpart',
    red: '3-swap-moves-both-legs',
    by: ({ settled }) => [
      addPostings(
        settled.dvp_atomic_transaction_id ?? '',
        sql.fragment`(select account_id, asset, amount from postings
          where transaction_id::text = ${settled.dvp_atomic_transaction_id} and asset = 'BTC') p`,
      ),
    ],
  },
  {
    what: 'one leg of a swap is gone',
    red: '3-swap-moves-both-legs',
    by: ({ settled }) => [
      sql.void`delete from postings
        where transaction_id::text = ${settled.dvp_atomic_transaction_id} and asset = 'BTC'`,
    ],
  },
  {
    what: 'the fees of a swap went to a customer',
    red: '3-swap-moves-both-legs',
    by: ({ settled, poor }) => [
      sql.void`update postings set account_id = ${poor}
        where transaction_id::text = ${settled.dvp_atomic_transaction_id}
          and account_id = (select id from accounts where kind = 'fees')`,
      sql.void`update balances set available = available + 0.5 where account_id = ${poor} and asset = 'USDT'`,
      sql.void`update accounts set cash_balance = cash_balance + 0.5 where id = ${poor}`,
    ],
  },
];
