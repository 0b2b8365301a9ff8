import { idOfKey } from '../../../src/domain/ids';
import { sql } from '../../../src/postgres/sql';
import type { Books } from '../books';
import { type Damage, setRow, removeEvent, retell, SECOND } from './damage';

/** Damages to invariant 6: what was accepted. */
export const DAMAGES_6: readonly Damage[] = [
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
];
