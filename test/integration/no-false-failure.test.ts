import fc from 'fast-check';
import { z } from 'zod/v4';
import type { Settlement } from '../../src/domain/settlement';
import { sql } from '../../src/postgres/sql';
import { testDatabase } from '../support/database';
import { driveAll, type Driving } from '../support/drivers';
import { LedgerWorld } from '../support/ledger-world';
import {
  type Holdings,
  holdingKey,
  justEnough,
  type ModelTrade,
  movesOf,
  seededRandom,
  settleInOrder,
  shuffled,
} from '../support/model';

jest.setTimeout(180_000);

/** ETH-BTC, BTC-USDT and ETH-USDT in whole numbers: each asset but USDT is base here, and BTC quote there. */
const PAIRS = [
  ['ETH', 'BTC'],
  ['BTC', 'USDT'],
  ['ETH', 'USDT'],
] as const;

function day(size: number, accounts: number, seed: number): ModelTrade[] {
  const random = seededRandom(seed);
  return Array.from({ length: size }, () => {
    const buyer = random(accounts);
    const [base, quote] = PAIRS[random(PAIRS.length)] ?? PAIRS[0];
    const withFees = random(3) === 0;
    return {
      buyer,
      seller: (buyer + 1 + random(accounts - 1)) % accounts,
      base,
      quote,
      quantity: BigInt(1 + random(9)),
      price: BigInt(1 + random(9)),
      buyer_commission: withFees ? 1n : 0n,
      seller_commission: withFees ? BigInt(random(2)) : 0n,
    };
  });
}

interface Run {
  readonly driving: Driving;
  readonly rows: Settlement[];
  readonly balances: Holdings;
  readonly digest: string[];
}

/** The day in a world of new accounts: accepted in its order, started in another, by so many drivers. */
async function run(
  world: LedgerWorld,
  trades: readonly ModelTrade[],
  openings: Holdings,
  start: number[],
  concurrency: number,
): Promise<Run> {
  const accounts: string[] = [];
  const count = Math.max(...trades.flatMap((trade) => [trade.buyer, trade.seller])) + 1;
  for (let n = 0; n < count; n += 1) {
    const own = [...openings].filter(([key, amount]) => key.startsWith(`${n} `) && amount > 0n);
    accounts.push(
      await world.account(Object.fromEntries(own.map(([key, amount]) => [key.split(' ')[1] ?? '', String(amount)]))),
    );
  }
  const idOf = (n: number) => accounts[n] ?? '';
  const rows = await world.accept(
    ...trades.map((trade) => ({
      symbol: `${trade.base}-${trade.quote}`,
      buyer: idOf(trade.buyer),
      seller: idOf(trade.seller),
      quantity: String(trade.quantity),
      price: String(trade.price),
      buyer_commission: String(trade.buyer_commission),
      seller_commission: String(trade.seller_commission),
    })),
  );
  const driving = await driveAll(
    world,
    start.flatMap((index) => rows[index] ?? []),
    concurrency,
  );
  const balances: Holdings = new Map();
  for (const key of new Set(trades.flatMap((trade) => movesOf(trade).map(([moved]) => moved)))) {
    const [account, asset] = key.split(' ');
    const balance = await world.balance(idOf(Number(account)), asset ?? '');
    expect(balance.reserved).toBe('0');
    balances.set(key, BigInt(balance.available));
  }
  return { driving, rows, balances, digest: await digestOf(world, rows, accounts) };
}

/** Events and postings of each settlement, without times and ids. */
async function digestOf(
  world: LedgerWorld,
  rows: readonly Settlement[],
  accounts: readonly string[],
): Promise<string[]> {
  const lines = await world.pool.any(sql.type(
    z.object({ id: z.string(), events: z.string(), postings: z.string().nullable() }),
  )`
    select s.id,
      (select string_agg(format('%s %s>%s %s', e.kind, e.from_status, e.to_status, e.attempt), ', ' order by e.seq)
        from settlement_events e where e.settlement_id = s.id) as events,
      (select string_agg(format('%s %s %s', p.account_id, p.asset, trim_scale(p.amount)), ', ' order by p.id)
        from postings p join ledger_transactions l on l.id = p.transaction_id where l.settlement_id = s.id) as postings
    from settlements s where s.id = any (${sql.array(
      rows.map((row) => row.id),
      'uuid',
    )})`);
  const texts = new Map(lines.map((line) => [line.id, `${line.events} | ${line.postings}`]));
  return rows.map((row, n) =>
    accounts.reduce(
      (text, account, index) => text.replaceAll(account, `account ${index}`),
      `${n}: ${texts.get(row.id)}`,
    ),
  );
}

async function deadlocks(world: LedgerWorld): Promise<number> {
  const row = await world.pool.one(sql.type(z.object({ deadlocks: z.int() }))`
    select deadlocks::int as deadlocks from pg_stat_database where datname = current_database()`);
  return row.deadlocks;
}

describe.each([4, 20])(
  '300 trades between %d accounts, balances just enough in the order of acceptance',
  (accounts) => {
    const world = new LedgerWorld(testDatabase({ maximumPoolSize: 32 }));
    const trades = day(300, accounts, accounts);
    const openings = justEnough(trades);
    const start = (seed: number) =>
      shuffled(
        trades.map((_trade, index) => index),
        seededRandom(seed),
      );
    beforeAll(() => world.setUp());
    afterEach(() => world.expectCoherent());

    it('settle whole, started in any order by 16 drivers, and every waiter is woken', async () => {
      const { driving, balances } = await run(world, trades, openings, start(1), 16);
      const statuses = [...driving.atRest.values()].map((row) => `${row.status} at attempt ${row.attempt}`);
      expect(statuses).toEqual(trades.map(() => 'settled at attempt 1'));
      expect(balances).toEqual(settleInOrder(openings, trades).holdings);
      expect(driving.wakes).toBeGreaterThan(0);
      expect(driving.polls).toBe(0);
      const refused = await world.pool.one(
        sql.type(z.object({ n: z.int() }))`select count(*)::int as n from hold_rejections`,
      );
      expect(refused.n).toBe(0);
    });

    it('the digest of balances, postings and events is the same with 1 and with 32 in flight, without a deadlock', async () => {
      const inOrder = trades.map((_trade, index) => index);
      const alone = await run(world, trades, openings, inOrder, 1);
      const crowd = await run(world, trades, openings, start(2), 32);
      expect(crowd.balances).toEqual(alone.balances);
      expect(crowd.digest).toEqual(alone.digest);
      expect(await deadlocks(world)).toBe(0);
    });

    it('with one unit less they do not settle whole: the balances are really just enough', async () => {
      const [key, amount] = [...openings].find(([, needed]) => needed > 0n) ?? ['', 0n];
      const short = new Map(openings).set(key, amount - 1n);
      const inOrder = trades.map((_trade, index) => index);
      const { driving, rows } = await run(world, trades, short, inOrder, 1);
      const failed = rows.flatMap((row, index) =>
        driving.atRest.get(row.trade_id)?.status === 'failed' ? [index] : [],
      );
      expect(failed.length).toBeGreaterThan(0);
      expect(failed).toEqual(settleInOrder(short, trades).failed);
    });
  },
);

describe('small worlds of any kind', () => {
  /** Not retried by the engine: a failed attempt rests, as in the model. */
  const world = new LedgerWorld(testDatabase({ maximumPoolSize: 16 }), {
    retry_attempts: 0,
    retry_delay_seconds: 60,
    deadline_business_days: 5,
  });
  beforeAll(() => world.setUp());

  const anyTrade = fc
    .record({
      buyer: fc.nat(2),
      step: fc.integer({ min: 1, max: 2 }),
      pair: fc.nat(2),
      quantity: fc.integer({ min: 1, max: 4 }),
      price: fc.integer({ min: 1, max: 3 }),
    })
    .map(({ buyer, step, pair, quantity, price }): ModelTrade => {
      const [base, quote] = PAIRS[pair] ?? PAIRS[0];
      const [q, p] = [BigInt(quantity), BigInt(price)];
      return {
        buyer,
        seller: (buyer + step) % 3,
        base,
        quote,
        quantity: q,
        price: p,
        buyer_commission: 0n,
        seller_commission: 0n,
      };
    });
  const anyWorld = fc.record({
    trades: fc.array(anyTrade, { minLength: 1, maxLength: 8 }),
    openings: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 9, maxLength: 9 }),
    seed: fc.nat(),
  });
  const openingsOf = (amounts: readonly number[]): Holdings =>
    new Map(
      amounts.map((amount, n) => [holdingKey(n % 3, ['ETH', 'BTC', 'USDT'][Math.floor(n / 3)] ?? ''), BigInt(amount)]),
    );

  it('what can settle in the order of acceptance settles whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async ({ trades, seed }) => {
        const order = shuffled(
          trades.map((_trade, index) => index),
          seededRandom(seed),
        );
        const { driving, balances } = await run(world, trades, justEnough(trades), order, 4);
        expect([...driving.atRest.values()].filter((row) => row.status !== 'settled')).toEqual([]);
        expect(balances).toEqual(settleInOrder(justEnough(trades), trades).holdings);
        expect(driving.polls).toBe(0);
      }),
      { numRuns: 12 },
    );
    await world.expectCoherent();
  });

  it('driven one after the other, with balances that are short, exactly those fail that fail in the model', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async ({ trades, openings }) => {
        const model = settleInOrder(openingsOf(openings), trades);
        const order = trades.map((_trade, index) => index);
        const { driving, rows, balances } = await run(world, trades, openingsOf(openings), order, 1);
        const failed = rows.flatMap((row, index) =>
          driving.atRest.get(row.trade_id)?.status === 'failed' ? [index] : [],
        );
        expect(failed).toEqual(model.failed);
        expect([...balances]).toEqual([...balances].map(([key]) => [key, model.holdings.get(key) ?? 0n]));
      }),
      { numRuns: 12 },
    );
    await world.expectCoherent();
  });

  it('driven in any order, with balances that are short, each rests, the first that fails in the model fails, and nothing is lost', async () => {
    await fc.assert(
      fc.asyncProperty(anyWorld, async ({ trades, openings, seed }) => {
        const model = settleInOrder(openingsOf(openings), trades);
        const order = shuffled(
          trades.map((_trade, index) => index),
          seededRandom(seed),
        );
        const { driving, rows } = await run(world, trades, openingsOf(openings), order, 4);
        expect(driving.polls).toBe(0);
        // Nothing before the model's first failure can fail, and that one must: a later trade may not help it out.
        const statuses = rows.map((row) => driving.atRest.get(row.trade_id)?.status);
        const first = model.failed[0] ?? rows.length;
        expect(statuses.slice(0, first)).toEqual(rows.slice(0, first).map(() => 'settled'));
      }),
      { numRuns: 12 },
    );
    await world.expectCoherent();
  });
});
