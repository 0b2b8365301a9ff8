import { sql } from '../../../src/postgres/sql';
import { type Damage, setRow, SECOND } from './damage';

/** Damages to invariant 4: the ledger refs. */
export const DAMAGES_4: readonly Damage[] = [
  {
    what: 'a ref is missing',
    red: '4-refs-from-their-state-on',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`seller_cash_ledger_ref = null`)],
  },
  {
    what: 'the atomic transaction id is missing',
    red: '4-refs-from-their-state-on',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`dvp_atomic_transaction_id = null`)],
  },
  {
    what: 'the contract id is missing',
    red: '4-refs-from-their-state-on',
    by: ({ parked }) => [setRow(parked.id, sql.fragment`dvp_contract_id = null`)],
  },
  {
    what: 'a ref is there too early',
    red: '4-refs-from-their-state-on',
    by: ({ future }) => [setRow(future.id, sql.fragment`buyer_cash_ledger_ref = ${SECOND}`)],
  },
  {
    what: 'a ref of the earlier attempt is left',
    red: '4-refs-find-their-rows',
    by: ({ retried }) => [
      setRow(
        retried.id,
        sql.fragment`seller_securities_ledger_ref =
          (select id::text from holds where settlement_id = ${retried.id} and status = 'released')`,
      ),
    ],
  },
  {
    what: 'the refs of the holds are swapped',
    red: '4-refs-find-their-rows',
    by: ({ settled }) => [
      setRow(
        settled.id,
        sql.fragment`seller_securities_ledger_ref = buyer_cash_ledger_ref, buyer_cash_ledger_ref = seller_securities_ledger_ref`,
      ),
    ],
  },
  {
    what: 'the refs of the holds are swapped in the events as well',
    red: '4-refs-find-their-rows',
    by: ({ paused }) => [
      setRow(
        paused.id,
        sql.fragment`seller_securities_ledger_ref = buyer_cash_ledger_ref, buyer_cash_ledger_ref = seller_securities_ledger_ref`,
      ),
      sql.void`update settlement_events set seller_securities_ledger_ref = ${paused.buyer_cash_ledger_ref}
        where settlement_id = ${paused.id} and to_status = 'seller_securities_locked'`,
      sql.void`update settlement_events set buyer_cash_ledger_ref = ${paused.seller_securities_ledger_ref}
        where settlement_id = ${paused.id} and to_status = 'buyer_cash_locked' and kind = 'step'`,
    ],
  },
  {
    what: 'the refs of the postings are swapped',
    red: '4-refs-find-their-rows',
    by: ({ settled }) => [
      setRow(
        settled.id,
        sql.fragment`buyer_securities_ledger_ref = seller_cash_ledger_ref, seller_cash_ledger_ref = buyer_securities_ledger_ref`,
      ),
    ],
  },
  {
    what: "the refs are another settlement's",
    red: '4-refs-find-their-rows',
    by: ({ settled, retried }) => [
      setRow(
        settled.id,
        sql.fragment`dvp_atomic_transaction_id = ${retried.dvp_atomic_transaction_id},
          buyer_securities_ledger_ref = ${retried.buyer_securities_ledger_ref}`,
      ),
    ],
  },
  {
    what: 'a ref is nothing at all',
    red: '4-refs-find-their-rows',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`seller_cash_ledger_ref = 'canton-1234'`)],
  },
  {
    what: 'the contract id is another',
    red: '4-refs-find-their-rows',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`dvp_contract_id = ${SECOND}`)],
  },
  {
    what: 'an event of an earlier attempt lost its ref',
    red: '4-refs-find-their-rows',
    by: ({ retried }) => [
      sql.void`update settlement_events set seller_securities_ledger_ref = null
        where settlement_id = ${retried.id} and attempt = 1 and to_status = 'seller_securities_locked'`,
    ],
  },
];
