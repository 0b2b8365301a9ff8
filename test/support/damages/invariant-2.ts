import { idOfKey } from '../../../src/domain/ids';
import { sql } from '../../../src/postgres/sql';
import { type Damage, dropConstraint, SECOND } from './damage';

/** Damages to invariant 2: holds and what they reserve. */
export const DAMAGES_2: readonly Damage[] = [
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
];
