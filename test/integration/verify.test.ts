import type { DatabasePool, DatabaseTransactionConnection } from 'slonik';
import { idOfKey } from '../../src/domain/ids';
import { z } from 'zod/v4';
import { createPool } from '../../src/postgres/pool';
import { sql } from '../../src/postgres/sql';
import { GUARDS } from '../../src/verify/checks/05-guards';
import { CHECKS, runVerify, verifyOn, type VerifyReport } from '../../src/verify/run-verify';
import { type Books, keepBooks } from '../support/books';
import { testDatabase } from '../support/database';
import { expectCoherent } from '../support/expect-coherent';
import { LedgerWorld } from '../support/ledger-world';

type Statement = ReturnType<typeof sql.void>;

interface Damage {
  readonly what: string;
  /** The only check that may go red. */
  readonly red: string;
  readonly by: (books: Books) => Statement[];
}

const ofSwap = (column: 'buyer' | 'seller') => sql.identifier(['s', `${column}_account_id`]);
const dropConstraint = (table: string, name: string): Statement =>
  sql.void`alter table ${sql.identifier([table])} drop constraint ${sql.identifier([name])}`;
const setRow = (id: string, assignments: ReturnType<typeof sql.fragment>): Statement =>
  sql.void`update settlements set ${assignments} where id = ${id}`;
const removeEvent = (id: string, seq: ReturnType<typeof sql.fragment>): Statement =>
  sql.void`delete from settlement_events where settlement_id = ${id} and seq = ${seq}`;
const lastSeq = (id: string) => sql.fragment`(select max(seq) from settlement_events where settlement_id = ${id})`;
const addPostings = (transaction: string, rows: ReturnType<typeof sql.fragment>): Statement =>
  sql.void`insert into postings (transaction_id, account_id, asset, amount)
    select ${transaction}::uuid, account_id, asset, amount from ${rows}`;
const allowAnyBalance = sql.void`alter table balances drop constraint balances_below_1e20`;
const allowNaN = ['amount_is_a_number', 'amount_below_1e20'].map(
  (name) => sql.void`alter domain amount drop constraint ${sql.identifier([name])}`,
);
const legalise = (from: string, to: string): Statement =>
  sql.void`insert into settlement_transitions (kind, from_status, to_status) values ('step', ${from}, ${to})`;
/** Tells the outside something else of how a settlement ended. */
const retell = (settlement: string, column: string, value: string): Statement =>
  sql.void`update outbox set payload = jsonb_set(payload, array[${column}::text], ${value}::jsonb)
    where settlement_id = ${settlement} and type = 'settled'`;
const SECOND = '00000000-0000-4000-8000-000000000002';

const DAMAGES: readonly Damage[] = [
  // Invariant 1
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
  // Invariant 2
  {
    what: 'a correction took more than was there',
    red: '2-nothing-is-negative',
    by: ({ poor }) => [
      dropConstraint('balances', 'balances_available'),
      sql.void`insert into ledger_transactions (id, kind, idempotency_key, payload_hash, actor)
        values (${idOfKey('too much')}, 'adjustment', 'too much',
          payload_hash(concat_ws('|', 'adjustment', ${poor}::uuid, 'BTC', -500)), 'test')`,
      sql.void`insert into postings (transaction_id, account_id, asset, amount)
        select ${idOfKey('too much')}::uuid, id, 'BTC', case when kind = 'customer' then -500 else 500 end
        from accounts where id = ${poor} or kind = 'custody'`,
      sql.void`update balances set available = available - 500 where account_id = ${poor} and asset = 'BTC'`,
    ],
  },
  {
    what: 'a reserved part moved to available',
    red: '2-reserved-equals-active-holds',
    by: ({ buyer }) => [
      sql.void`update balances set reserved = reserved - 1, available = available + 1
        where account_id = ${buyer} and asset = 'USDT'`,
    ],
  },
  {
    what: 'an orphan hold: active, and its settlement settled',
    red: '2-holds-follow-their-settlement',
    by: ({ settled, buyer }) => [
      sql.void`insert into holds (id, settlement_id, account_id, asset, amount, idempotency_key, payload_hash)
        values (${SECOND}, ${settled.id}, ${buyer}, 'BTC', 1, 'orphan', '')`,
    ],
  },
  {
    what: 'an orphan hold with its reservation',
    red: '2-holds-follow-their-settlement',
    by: ({ cancelled, buyer }) => [
      sql.void`insert into holds (id, settlement_id, account_id, asset, amount, idempotency_key, payload_hash)
        values (${SECOND}, ${cancelled.id}, ${buyer}, 'BTC', 1, 'orphan', '')`,
      sql.void`update balances set reserved = reserved + 1, available = available - 1
        where account_id = ${buyer} and asset = 'BTC'`,
    ],
  },
  {
    what: 'a hold that outlived its settlement',
    red: '2-holds-follow-their-settlement',
    by: ({ cancelled }) => [
      sql.void`update holds set status = 'active', ended_at = null where settlement_id = ${cancelled.id}`,
    ],
  },
  {
    what: 'an active hold has another amount',
    red: '2-holds-follow-their-settlement',
    by: ({ paused }) => [
      sql.void`update holds set amount = amount + 1 where id::text = ${paused.seller_securities_ledger_ref}`,
    ],
  },
  {
    what: 'a consumed hold has another amount',
    red: '2-holds-follow-their-settlement',
    by: ({ settled }) => [
      sql.void`update holds set amount = amount + 1 where id::text = ${settled.seller_securities_ledger_ref}`,
    ],
  },
  {
    what: 'an active hold is of another account',
    red: '2-holds-follow-their-settlement',
    by: ({ paused, buyer }) => [
      sql.void`update holds set account_id = ${buyer} where id::text = ${paused.seller_securities_ledger_ref}`,
    ],
  },
  {
    what: 'an active hold is gone',
    red: '2-holds-follow-their-settlement',
    by: ({ paused }) => [sql.void`delete from holds where id::text = ${paused.seller_securities_ledger_ref}`],
  },
  {
    what: 'a hold was released under a settlement that still needs it',
    red: '2-holds-follow-their-settlement',
    by: ({ paused, seller }) => [
      sql.void`update holds set status = 'released', ended_at = now() where id::text = ${paused.seller_securities_ledger_ref}`,
      sql.void`update balances set reserved = reserved - 5, available = available + 5
        where account_id = ${seller} and asset = 'BTC'`,
    ],
  },
  {
    what: 'a hold of an earlier attempt is called consumed',
    red: '2-holds-follow-their-settlement',
    by: ({ retried }) => [
      sql.void`update holds set status = 'consumed' where settlement_id = ${retried.id} and status = 'released'`,
    ],
  },
  {
    what: 'a lock was granted and refused',
    red: '2-holds-follow-their-settlement',
    by: ({ settled }) => [
      sql.void`insert into hold_rejections (id, settlement_id, idempotency_key, payload_hash, failure_code, failure_reason)
        select id, settlement_id, idempotency_key, payload_hash, 'INSUFFICIENT_CASH', 'short'
        from holds where id::text = ${settled.buyer_cash_ledger_ref}`,
    ],
  },
  {
    what: 'the refused lock of a failed attempt is gone',
    red: '2-refusals-are-kept',
    by: ({ parked }) => [sql.void`delete from hold_rejections where settlement_id = ${parked.id}`],
  },
  {
    what: 'a refused lock says something else',
    red: '2-refusals-are-kept',
    by: ({ parked }) => [
      sql.void`update hold_rejections set failure_reason = 'Full moon.' where settlement_id = ${parked.id}`,
    ],
  },
  // Invariant 3
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
  // Invariant 4
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
  // Invariant 5
  {
    what: 'the first event is gone',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [removeEvent(settled.id, sql.fragment`1`)],
  },
  {
    what: 'an event in the middle is gone',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [removeEvent(settled.id, sql.fragment`3`)],
  },
  {
    what: 'the last event is gone',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [removeEvent(settled.id, lastSeq(settled.id))],
  },
  {
    what: 'an event in the middle is gone, the others renumbered',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [
      removeEvent(settled.id, sql.fragment`3`),
      dropConstraint('settlement_events', 'settlement_events_seq_key'),
      sql.void`update settlement_events set seq = seq - 1 where settlement_id = ${settled.id} and seq > 3`,
      sql.void`update outbox set event_seq = event_seq - 1 where settlement_id = ${settled.id} and event_seq > 3`,
      setRow(settled.id, sql.fragment`event_seq = event_seq - 1`),
    ],
  },
  {
    what: 'an event says another status before',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [
      sql.void`update settlement_events set from_status = 'pending' where settlement_id = ${settled.id} and seq = 3`,
    ],
  },
  {
    what: 'an illegal step',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [
      sql.void`insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
        select id, event_seq + 1, 'step', 'settled', 'failed', attempt, 'test' from settlements where id = ${settled.id}`,
      dropConstraint('settlements', 'settlements_failed_says_why'),
      setRow(settled.id, sql.fragment`event_seq = event_seq + 1, status = 'failed'`),
    ],
  },
  {
    what: 'a cancelled settlement was reopened',
    red: '5-events-are-a-legal-path',
    by: ({ cancelled }) => [
      sql.void`insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, deadline_at)
        select id, event_seq + 1, 'reopened', 'failed', 'failed', attempt, 'test', deadline_at
        from settlements where id = ${cancelled.id}`,
      setRow(cancelled.id, sql.fragment`event_seq = event_seq + 1, closed_at = null`),
    ],
  },
  {
    what: 'an attempt is missing in the events',
    red: '5-events-are-a-legal-path',
    by: ({ retried }) => [
      sql.void`update settlement_events set attempt = 1 where settlement_id = ${retried.id}`,
      setRow(retried.id, sql.fragment`attempt = 1, retry_count = 0`),
    ],
  },
  {
    what: 'a jumped status',
    red: '5-row-ends-where-its-events-end',
    by: ({ future }) => [setRow(future.id, sql.fragment`status = 'confirmed'`)],
  },
  {
    what: 'a locked settlement called settled',
    red: '5-row-ends-where-its-events-end',
    by: ({ paused }) => [
      dropConstraint('settlements', 'settlements_settled_is_closed'),
      setRow(paused.id, sql.fragment`status = 'settled'`),
    ],
  },
  {
    what: 'a settled settlement called failed',
    red: '5-row-ends-where-its-events-end',
    by: ({ settled }) => [
      dropConstraint('settlements', 'settlements_failed_says_why'),
      setRow(settled.id, sql.fragment`status = 'failed'`),
    ],
  },
  {
    what: 'a wrong attempt',
    red: '5-row-ends-where-its-events-end',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`attempt = 2, retry_count = 1`)],
  },
  {
    what: 'a wrong retry_count',
    red: '5-row-ends-where-its-events-end',
    by: ({ retried }) => [
      dropConstraint('settlements', 'settlements_attempt'),
      setRow(retried.id, sql.fragment`retry_count = 0`),
    ],
  },
  {
    what: 'a time of settlement that no event has',
    red: '5-times-are-those-of-the-events',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`settled_at = settled_at + interval '1 second'`)],
  },
  {
    what: 'a settlement of which nobody knows that it is closed',
    red: '5-times-are-those-of-the-events',
    by: ({ cancelled }) => [setRow(cancelled.id, sql.fragment`closed_at = null`)],
  },
  {
    what: 'a parked settlement that does not say so',
    red: '5-times-are-those-of-the-events',
    by: ({ parked }) => [setRow(parked.id, sql.fragment`parked_since = null`)],
  },
  {
    what: 'the failure of an earlier attempt is left',
    red: '5-marks-are-those-of-the-events',
    by: ({ retried }) => [
      setRow(retried.id, sql.fragment`failure_code = 'INSUFFICIENT_CASH', failure_reason = 'Buyer is short.'`),
    ],
  },
  {
    what: 'another failure code',
    red: '5-marks-are-those-of-the-events',
    by: ({ cancelled }) => [setRow(cancelled.id, sql.fragment`failure_code = 'INSUFFICIENT_CASH'`)],
  },
  {
    what: 'a paused settlement that does not say so',
    red: '5-marks-are-those-of-the-events',
    by: ({ paused }) => [setRow(paused.id, sql.fragment`paused = false`)],
  },
  {
    what: 'a retry is never due',
    red: '5-marks-are-those-of-the-events',
    by: ({ retrying }) => [setRow(retrying.id, sql.fragment`next_attempt_at = null`)],
  },
  {
    what: 'a settlement date that nothing rolled',
    red: '5-marks-are-those-of-the-events',
    by: ({ future }) => [setRow(future.id, sql.fragment`settlement_date = settlement_date - 1`)],
  },
  {
    what: 'another deadline than that of the reopening',
    red: '5-marks-are-those-of-the-events',
    by: ({ reopened }) => [setRow(reopened.id, sql.fragment`deadline_at = deadline_at + interval '1 day'`)],
  },
  {
    what: 'a settled settlement waits',
    red: '5-marks-are-those-of-the-events',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`waiting_since = now()`)],
  },
  {
    what: 'a failed settlement waits',
    red: '5-marks-are-those-of-the-events',
    by: ({ parked }) => [setRow(parked.id, sql.fragment`waiting_since = now()`)],
  },
  {
    what: 'a legal change is missing in the table',
    red: '5-guards-stand',
    by: () => [sql.void`delete from settlement_transitions where kind = 'parked'`],
  },
  {
    what: 'an illegal change is in the table',
    red: '5-guards-stand',
    by: () => [legalise('settled', 'failed')],
  },
  {
    what: 'the trigger that applies events is gone',
    red: '5-guards-stand',
    by: () => [sql.void`drop trigger apply_settlement_events on settlement_events`],
  },
  {
    what: 'a guard fires at less than it should',
    red: '5-guards-stand',
    by: () => [
      sql.void`create or replace trigger refuse_rewriting before truncate on postings
        for each statement execute function refuse_rewriting()`,
    ],
  },
  {
    what: 'a guard fires in replicas only',
    red: '5-guards-stand',
    by: () => [sql.void`alter table holds enable replica trigger guard_holds`],
  },
  ...GUARDS.map(({ table, trigger }) => ({
    what: `the trigger ${trigger} on ${table} is switched off`,
    red: '5-guards-stand',
    by: () => [sql.void`alter table ${sql.identifier([table])} disable trigger ${sql.identifier([trigger])}`],
  })),
  // Invariant 6
  {
    what: 'a settlement is gone',
    red: '6-what-was-accepted-exists',
    by: ({ future }) => [
      sql.void`delete from settlements where id = ${future.id}`,
      sql.void`delete from settlement_events where settlement_id = ${future.id}`,
      sql.void`delete from outbox where settlement_id = ${future.id}`,
    ],
  },
  {
    what: 'a settled settlement is gone, its history left',
    red: '6-what-was-accepted-exists',
    by: ({ settled }) => [sql.void`delete from settlements where id = ${settled.id}`],
  },
  {
    what: 'a trade is gone',
    red: '6-what-was-accepted-exists',
    by: ({ settled }) => [sql.void`delete from trades where matching_engine_trade_id = ${settled.trade_id}`],
  },
  {
    what: 'an order is gone',
    red: '6-what-was-accepted-exists',
    by: ({ settled }) => [
      sql.void`delete from orders
        where id = (select counter_order_id from trades where matching_engine_trade_id = ${settled.trade_id})`,
    ],
  },
  {
    what: 'the only event is gone',
    red: '6-what-was-accepted-exists',
    by: ({ future }) => [removeEvent(future.id, sql.fragment`1`)],
  },
  {
    what: 'a terms_hash changed',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [
      sql.void`update trades set terms_hash = payload_hash('other') where matching_engine_trade_id = ${settled.trade_id}`,
    ],
  },
  {
    what: 'an accepted event has another price',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [
      sql.void`update trades set accepted_event = jsonb_set(accepted_event, '{price}', '"101"')
        where matching_engine_trade_id = ${settled.trade_id}`,
    ],
  },
  {
    what: 'an accepted event has another commission',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [
      sql.void`update trades set accepted_event = jsonb_set(accepted_event, '{seller_commission}', '"0.1"')
        where matching_engine_trade_id = ${settled.trade_id}`,
    ],
  },
  {
    what: 'an accepted event is a text',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [
      sql.void`update trades set accepted_event = '"gone"' where matching_engine_trade_id = ${settled.trade_id}`,
    ],
  },
  {
    what: 'a trade has another price',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [
      sql.void`update trades set price = price + 1 where matching_engine_trade_id = ${settled.trade_id}`,
    ],
  },
  {
    what: 'a settled settlement has another amount',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`amount = amount + 1`)],
  },
  {
    what: 'a settlement and its trade have another amount, which price and quantity do not give',
    red: '6-terms-are-as-accepted',
    by: ({ future }) => [
      setRow(future.id, sql.fragment`amount = amount + 1`),
      sql.void`update trades set gross_amount = gross_amount + 1, net_amount = net_amount + 1
        where matching_engine_trade_id = ${future.trade_id}`,
    ],
  },
  {
    what: 'buyer and seller are exchanged',
    red: '6-terms-are-as-accepted',
    by: ({ settled }) => [
      setRow(settled.id, sql.fragment`buyer_account_id = seller_account_id, seller_account_id = buyer_account_id`),
    ],
  },
  {
    what: 'an accepted trade was never told',
    red: '6-outbox-tells-what-happened',
    by: ({ future }) => [sql.void`delete from outbox where settlement_id = ${future.id} and type = 'accepted'`],
  },
  {
    what: 'an end was never told',
    red: '6-outbox-tells-what-happened',
    by: ({ settled }) => [sql.void`delete from outbox where settlement_id = ${settled.id} and type = 'settled'`],
  },
  {
    what: 'an end was told twice',
    red: '6-outbox-tells-what-happened',
    by: ({ cancelled }) => [
      sql.void`insert into outbox (settlement_id, event_seq, type, payload)
        select settlement_id, event_seq, type, payload from outbox
        where settlement_id = ${cancelled.id} and type = 'failed'`,
    ],
  },
  {
    what: "an end was told as another settlement's",
    red: '6-outbox-tells-what-happened',
    by: ({ settled }) => [
      sql.void`update outbox set payload = jsonb_set(payload, '{id}', '"x"')
        where settlement_id = ${settled.id} and type = 'settled'`,
    ],
  },
  ...Object.entries({
    event_seq: '1',
    status: '"failed"',
    attempt: '2',
    trade_id: '"another"',
    symbol: '"ETH-USDT"',
    base_asset: '"ETH"',
    quote_asset: '"USDC"',
    price: '"101"',
    quantity: '"1"',
    amount: '"15"',
    buyer_commission: '"0"',
    seller_commission: 'null',
    buyer_account_id: `"${SECOND}"`,
    seller_account_id: `"${SECOND}"`,
  }).map(([column, value]) => ({
    what: `an end was told with another ${column}`,
    red: '6-outbox-tells-what-happened',
    by: ({ settled }: Books) => [retell(settled.id, column, value)],
  })),
  {
    what: 'what was told is empty',
    red: '6-outbox-tells-what-happened',
    by: ({ settled }) => [
      sql.void`update outbox set payload = jsonb_build_object('id', settlement_id) where settlement_id = ${settled.id}`,
    ],
  },
  {
    what: 'an instrument takes fewer decimals than a trade has',
    red: '6-terms-are-as-accepted',
    by: () => [sql.void`update instruments set quantity_scale = 0 where symbol = 'BTC-USDT'`],
  },
  ...(['opening', 'adjustment', 'dvp'] as const).map((kind) => ({
    what: `the payload_hash of a transaction of kind ${kind} is another`,
    red: '6-keys-bind-their-payloads',
    by: () => [
      sql.void`update ledger_transactions set payload_hash = payload_hash('other')
        where id = (select min(id::text)::uuid from ledger_transactions where kind = ${kind})`,
    ],
  })),
  {
    what: 'the payload_hash of a hold is another',
    red: '6-keys-bind-their-payloads',
    by: ({ settled }) => [
      sql.void`update holds set payload_hash = payload_hash('other') where id::text = ${settled.buyer_cash_ledger_ref}`,
    ],
  },
  {
    what: 'the payload_hash of a refused lock is another',
    red: '6-keys-bind-their-payloads',
    by: ({ parked }) => [
      sql.void`update hold_rejections set payload_hash = payload_hash('other') where settlement_id = ${parked.id}`,
    ],
  },
  {
    what: 'a refused lock is under another key',
    red: '6-keys-bind-their-payloads',
    by: ({ parked }) => [
      sql.void`update hold_rejections set idempotency_key = 'mine' where settlement_id = ${parked.id}`,
    ],
  },
  {
    what: 'an opening is under another key, so that it can happen again',
    red: '6-keys-bind-their-payloads',
    by: ({ buyer }) => [
      sql.void`update ledger_transactions set idempotency_key = 'mine'
        where idempotency_key = ${`opening:${buyer}:USDT`}`,
    ],
  },
  {
    what: 'an opening has another id',
    red: '6-keys-bind-their-payloads',
    by: ({ buyer }) => [
      sql.void`update postings set transaction_id = ${SECOND}
        where transaction_id = ${idOfKey(`opening:${buyer}:USDT`)}`,
      sql.void`update ledger_transactions set id = ${SECOND} where idempotency_key = ${`opening:${buyer}:USDT`}`,
    ],
  },
  {
    what: 'an adjustment is under another key',
    red: '6-keys-bind-their-payloads',
    by: () => [
      sql.void`update ledger_transactions set idempotency_key = 'mine'
        where id = (select min(id::text)::uuid from ledger_transactions where kind = 'adjustment')`,
    ],
  },
  {
    what: 'money from nothing: an opening doubled, balance and all',
    red: '6-keys-bind-their-payloads',
    by: ({ buyer }) => [
      sql.void`update postings set amount = amount * 2 where transaction_id = ${idOfKey(`opening:${buyer}:USDT`)}`,
      sql.void`update balances set available = available + 100000 where account_id = ${buyer} and asset = 'USDT'`,
      sql.void`update accounts set cash_balance = cash_balance + 100000 where id = ${buyer}`,
    ],
  },
  // Invariant 7
  {
    what: 'an account with money is of a kind that the books do not know',
    red: '7-assets-sum-to-zero',
    by: ({ buyer }) => [
      dropConstraint('accounts', 'accounts_kind'),
      sql.void`update accounts set kind = 'house' where id = ${buyer}`,
    ],
  },
  {
    what: 'custody is off: an opening came from the fees',
    red: '7-openings-come-from-custody',
    by: () => [
      sql.void`update postings set account_id = (select id from accounts where kind = 'fees') where amount = -100000`,
    ],
  },
  {
    what: 'the fees went back to custody as an adjustment',
    red: '7-openings-come-from-custody',
    by: () => [
      sql.void`insert into ledger_transactions (id, kind, idempotency_key, payload_hash, actor)
        values (${SECOND}, 'adjustment', 'sweep', '', 'test')`,
      sql.void`insert into postings (transaction_id, account_id, asset, amount)
        select ${SECOND}::uuid, id, 'USDT', case when kind = 'fees' then -1 else 1 end
        from accounts where kind in ('fees', 'custody')`,
    ],
  },
  {
    what: 'a system account has a balances row',
    red: '7-only-customers-have-balances',
    by: () => [
      sql.void`insert into balances (account_id, asset, available)
        select id, 'USDT', 5 from accounts where kind = 'fees'`,
    ],
  },
  {
    what: 'a system account has a balances row of zero',
    red: '7-only-customers-have-balances',
    by: () => [
      sql.void`insert into balances (account_id, asset) select id, 'USDC' from accounts where kind = 'custody'`,
    ],
  },
  {
    what: 'cash_balance is off',
    red: '7-accounts-show-their-cash',
    by: ({ buyer }) => [sql.void`update accounts set cash_balance = cash_balance + 1 where id = ${buyer}`],
  },
  {
    what: 'reserved_balance is off',
    red: '7-accounts-show-their-cash',
    by: ({ buyer }) => [sql.void`update accounts set reserved_balance = 0 where id = ${buyer}`],
  },
];

function secondSwap(settlement: string, key = 'again'): Statement[] {
  return [
    sql.void`drop index ledger_transactions_one_swap`,
    sql.void`insert into ledger_transactions (id, kind, settlement_id, idempotency_key, payload_hash, actor)
      values (${SECOND}, 'dvp', ${settlement}, ${key}, '', 'test')`,
    addPostings(SECOND, sql.fragment`swap_postings(${settlement}::uuid) p`),
  ];
}

function moveBalances(settlement: string): Statement[] {
  return [
    sql.void`update balances b set available = b.available + p.amount
      from swap_postings(${settlement}::uuid) p
      where b.account_id = p.account_id and b.asset = p.asset`,
    sql.void`update accounts a set cash_balance = b.available
      from balances b, settlements s
      where b.account_id = a.id and b.asset = a.currency_primary and s.id = ${settlement}
        and a.id in (${ofSwap('buyer')}, ${ofSwap('seller')})`,
  ];
}

describe('verify', () => {
  const database = testDatabase();
  let superuser: DatabasePool;
  let books: Books;

  beforeAll(async () => {
    books = await keepBooks(new LedgerWorld(database));
    superuser = await createPool({
      databaseUrl: database.superuserUrl,
      applicationName: 'verify test',
      maximumPoolSize: 1,
      statementTimeoutMs: 30_000,
      queryTimeoutMs: 30_000,
    });
  });
  afterAll(() => superuser.end());

  /** What verify says of the database with this damage, in a transaction that is then rolled back. */
  async function verifyDamaged(damage: readonly Statement[]): Promise<VerifyReport> {
    const rolledBack = new Error('rolled back on purpose');
    let report: VerifyReport | undefined;
    const work = async (transaction: DatabaseTransactionConnection): Promise<never> => {
      await transaction.query(sql.void`set local session_replication_role = replica`);
      for (const statement of damage) await transaction.query(statement);
      report = await verifyOn(transaction);
      throw rolledBack;
    };
    await superuser.transaction(work).catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
    if (report === undefined) throw new Error('verify gave no report');
    return report;
  }

  it('is green on books with a settlement of every fate, as the application, without writing', async () => {
    const report = await runVerify(database.pool);
    expect(report.checks.filter((check) => !check.ok)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.checks.map((check) => check.name)).toEqual(CHECKS.map((check) => check.name));
  });

  it.each(DAMAGES)('$what: $red goes red, and nothing else', async ({ red, by }) => {
    const report = await verifyDamaged(by(books));
    const reds = report.checks.filter((check) => !check.ok);
    expect(reds.map((check) => check.name)).toEqual([red]);
    expect(report.ok).toBe(false);
    expect(reds[0]?.detail).toMatch(/^[1-9]\d* found\. .{20,}\.$/s);
  });

  it('takes no illegal step for legal because of a row in the table of legal changes', async () => {
    const { settled } = books;
    const report = await verifyDamaged([
      legalise('settled', 'failed'),
      sql.void`insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
        select id, event_seq + 1, 'step', 'settled', 'failed', attempt, 'test' from settlements where id = ${settled.id}`,
      dropConstraint('settlements', 'settlements_failed_says_why'),
      setRow(settled.id, sql.fragment`event_seq = event_seq + 1, status = 'failed'`),
    ]);
    const reds = report.checks.filter((check) => !check.ok).map((check) => check.name);
    expect(reds).toEqual(['5-events-are-a-legal-path', '5-guards-stand']);
  });

  it('knows every trigger of the migrations as a guard', async () => {
    const rows = await superuser.any(sql.type(z.object({ table: z.string(), trigger: z.string() }))`
      select c.relname as table, t.tgname as trigger
      from pg_trigger t
      join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = 'public'::regnamespace
    `);
    const names = rows.map(({ table, trigger }) => `${table} ${trigger}`);
    expect(names.sort()).toEqual(GUARDS.map(({ table, trigger }) => `${table} ${trigger}`).sort());
  });

  it('has a damage for every check', () => {
    expect(new Set(DAMAGES.map((damage) => damage.red))).toEqual(new Set(CHECKS.map((check) => check.name)));
  });

  it('names the first three, and says how many more', async () => {
    const report = await verifyDamaged([sql.void`update balances set available = available + 1`]);
    const red = report.checks.find((check) => check.name === '1-balances-equal-postings');
    expect(red?.detail).toMatch(
      /^6 found\. (Account ACC-\d{5} \([0-9a-f-]{36}\) has \S+ \w+; its postings sum to \S+\. ){3}And 3 more\.$/,
    );
  });

  it('leaves the database as it was', () => expectCoherent(database.pool));
});
