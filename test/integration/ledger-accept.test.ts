import { z } from 'zod/v4';
import { sql } from '../../src/postgres/sql';
import { testDatabase } from '../support/database';
import { LedgerWorld, one } from '../support/ledger-world';
import { race } from '../support/two-sessions';

const world = new LedgerWorld(testDatabase({ maximumPoolSize: 20 }));
let buyer: string;
let seller: string;

beforeAll(async () => {
  await world.setUp();
  seller = await world.account({ BTC: '100' });
  buyer = await world.account({ USDT: '100000' });
});
afterEach(() => world.expectCoherent());

const trade = () => world.trade({ buyer, seller, quantity: '1', price: '100', buyer_commission: '0.5' });
const count = async (table: string) => {
  const row = await world.pool.one(sql.type(z.object({ n: z.int() }))`
    select count(*)::int as n from ${sql.identifier([table])}`);
  return row.n;
};

it('writes the orders, the trade, the balances, the settlement, its first event and the outbox', async () => {
  const [newBuyer, newSeller] = [await world.account(), await world.account()];
  const event = world.trade({ buyer: newBuyer, seller: newSeller, quantity: '2', price: '10.25' });
  const answer = one(await world.acceptAll([event]));
  expect(answer).toMatchObject({
    result: 'accepted',
    settlement: {
      status: 'pending',
      amount: '20.5',
      quantity: '2',
      attempt: 1,
      retry_count: 0,
      event_seq: 1,
      paused: false,
    },
  });
  for (const [account, asset] of [
    [newBuyer, 'BTC'],
    [newBuyer, 'USDT'],
    [newSeller, 'BTC'],
    [newSeller, 'USDT'],
  ] as const) {
    expect(await world.balance(account, asset)).toEqual({ available: '0', reserved: '0' });
  }
  const stored = await world.pool.one(sql.type(
    z.object({ event: z.record(z.string(), z.unknown()), told: z.string() }),
  )`
    select t.accepted_event as event, o.type as told
    from trades t join settlements s on s.trade_id = t.id join outbox o on o.settlement_id = s.id
    where t.matching_engine_trade_id = ${event.trade_id}`);
  expect(stored).toEqual({ event, told: 'accepted' });
});

it('an order that is there already is left alone', async () => {
  const first = trade();
  await world.acceptAll([first]);
  await world.acceptAll([{ ...trade(), buy_order_id: first.buy_order_id, quantity: '7' }]);
  const order = await world.pool.one(sql.type(z.object({ quantity: z.string() }))`
    select trim_scale(quantity)::text as quantity from orders where id = ${first.buy_order_id}`);
  expect(order.quantity).toBe('1');
});

it('50 at once of one trade: one settlement, the others know it', async () => {
  const before = {
    trades: await count('trades'),
    settlements: await count('settlements'),
    outbox: await count('outbox'),
  };
  const event = trade();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => world.acceptAll([{ ...event, timestamp: event.timestamp + n }]).then(one)),
  );
  const results = answers.map((answer) => answer.result).sort();
  expect(results).toEqual(['accepted', ...Array.from({ length: 49 }, () => 'known')]);
  expect(new Set(answers.map((answer) => ('settlement' in answer ? answer.settlement.id : ''))).size).toBe(1);
  expect(await count('trades')).toBe(before.trades + 1);
  expect(await count('settlements')).toBe(before.settlements + 1);
  expect(await count('outbox')).toBe(before.outbox + 1);
});

it('sets that overlap in opposite orders do not deadlock', async () => {
  const events = Array.from({ length: 40 }, trade);
  const answers = await Promise.all(
    [events, [...events].reverse(), events, [...events].reverse()].map((set) => world.acceptAll(set)),
  );
  const results = answers.flat().map((answer) => answer.result);
  expect(results.filter((result) => result === 'accepted')).toHaveLength(40);
  expect(results.filter((result) => result === 'known')).toHaveLength(120);
});

describe('two sessions', () => {
  it('the same trade: the second waits and knows it', async () => {
    const event = trade();
    const { first, second } = await race(
      world,
      (ledger) => world.acceptAll([event], ledger),
      (ledger) => world.acceptAll([event], ledger),
    );
    expect([one(first).result, one(second).result]).toEqual(['accepted', 'known']);
  });

  it('the same trade, and the first is rolled back: the second accepts it', async () => {
    const event = trade();
    const { second } = await race(
      world,
      (ledger) => world.acceptAll([event], ledger),
      (ledger) => world.acceptAll([event], ledger),
      'rollback',
    );
    expect(one(second).result).toBe('accepted');
  });

  it('the same trade id with other terms: the second is a conflict, and its orders are not there', async () => {
    const event = trade();
    const other = { ...trade(), trade_id: event.trade_id };
    const { second } = await race(
      world,
      (ledger) => world.acceptAll([event], ledger),
      (ledger) => world.acceptAll([other], ledger),
    );
    expect(one(second).result).toBe('conflict');
    const orders = await world.pool.any(sql.type(z.object({ id: z.string() }))`
      select id from orders where id in (${other.buy_order_id}, ${other.sell_order_id})`);
    expect(orders).toEqual([]);
  });

  it('two trades of one order: both are accepted, the order is the first one’s', async () => {
    const [a, b] = [trade(), { ...trade(), quantity: '3' }];
    const { second } = await race(
      world,
      (ledger) => world.acceptAll([a], ledger),
      (ledger) => world.acceptAll([{ ...b, buy_order_id: a.buy_order_id }], ledger),
    );
    expect(one(second).result).toBe('accepted');
  });

  it('the first balances of an account: the second waits for the row, then both trades have it', async () => {
    const fresh = await world.account();
    const terms = { buyer: fresh, seller, quantity: '1', price: '1' };
    const { first, second } = await race(
      world,
      (ledger) => world.acceptAll([world.trade(terms)], ledger),
      (ledger) => world.acceptAll([world.trade(terms)], ledger),
    );
    expect([one(first).result, one(second).result]).toEqual(['accepted', 'accepted']);
  });
});
