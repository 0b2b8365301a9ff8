import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod/v4';
import { movingSettlements } from '../../src/postgres/queries/open-settlements';
import { sql } from '../../src/postgres/sql';
import { runWorker } from '../../src/worker/run-worker';
import { digestOf, doubleSwaps, type Digest } from '../support/digest';
import { eventually } from '../support/eventually';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { tightDay, type TightDay } from '../support/tight-day';

const engine = new TestEngine();
const { world, database } = engine;

afterEach(() => expectCoherent(database.pool));

interface Count {
  readonly settled: number;
  readonly retried: number;
}

function countOf(day: TightDay): Promise<Count> {
  return database.pool.one(sql.type(z.object({ settled: z.int(), retried: z.int() }))`
    select count(*) filter (where r.status = 'settled')::int as settled, count(*) filter (where r.retry_count > 0)::int as retried
    from settlement_rows r where r.trade_id = any (${sql.array(idsOf(day), 'text')})`);
}

function idsOf(day: TightDay): string[] {
  return day.events.map(({ trade_id }) => trade_id);
}

async function untilAllSettled(day: TightDay): Promise<void> {
  const expected = day.events.length;
  await eventually(`${expected} settled`, async () => (await countOf(day)).settled === expected, 90_000);
}

/** Starts the day's settlements in their order, never more than `limit` of them moving, and ends when all are at rest. */
async function driveInFlight(day: TightDay, limit: number): Promise<void> {
  const ids = new Map(
    (await world.acceptAll(day.events)).map((a) => ['settlement' in a ? a.settlement.id : '', a.trade_id]),
  );
  const waiting = [...ids];
  const moving = new Set<string>();
  let most = 0;
  while (waiting.length > 0 || moving.size > 0) {
    const next = waiting.splice(0, limit - moving.size);
    await Promise.all(next.map(([, tradeId]) => engine.ensureRunning(tradeId)));
    for (const [id] of next) moving.add(id);
    most = Math.max(most, moving.size);
    await delay(20);
    const still = new Set(await movingSettlements(database.pool, [...moving], new Date()));
    for (const id of moving) if (!still.has(id)) moving.delete(id);
  }
  expect(most).toBe(limit);
  for (const { trade_id } of day.hopeless) await engine.until(trade_id, (s) => s.parked_since !== null);
}

describe('without a worker', () => {
  it('what is submitted stays pending; a worker settles it, a transaction and a marker for each step', async () => {
    await engine.stopWorker();
    const day = await tightDay(world, 5);
    const [plain, ...accepted] = day.events;
    if (plain === undefined) throw new Error('the day is empty');
    await world.acceptAll(accepted);
    await engine.ensureRunning(...accepted.map(({ trade_id }) => trade_id));
    await engine.start(plain);

    // Started, scheduled, and nobody there to take the task: no marker, no activity, no row but the accepted ones.
    for (const { trade_id } of day.events) {
      const { status, historyLength } = await engine.handle(trade_id).describe();
      expect({ status: status.name, isBeforeFirstTask: historyLength <= 3 }).toEqual({
        status: 'RUNNING',
        isBeforeFirstTask: true,
      });
    }
    const rows = await database.pool.any(sql.type(z.object({ status: z.string(), event_seq: z.int() }))`
      select status::text, event_seq from settlement_rows where trade_id = any (${sql.array(idsOf(day), 'text')})`);
    expect(rows).toEqual(accepted.map(() => ({ status: 'pending', event_seq: 1 })));

    await engine.startWorker();
    await untilAllSettled(day);
    const xmins = await database.pool.oneFirst(sql.type(z.object({ distinct_xmins: z.int() }))`
      select count(distinct e.xmin::text)::int as distinct_xmins
      from settlement_events e join settlement_rows r on r.id = e.settlement_id where r.trade_id = ${plain.trade_id}`);
    expect(xmins).toBeGreaterThanOrEqual(5);
    await engine.handle(plain.trade_id).result();
    const summaries = (await engine.history(plain.trade_id)).filter(({ summary }) => summary !== null);
    expect(summaries.length).toBeGreaterThanOrEqual(xmins);
  });
});

describe('workers that come and go', () => {
  it('a graceful stop in mid-day loses nothing and costs no attempt', async () => {
    const day = await tightDay(world, 60);
    await world.acceptAll(day.events);
    await engine.ensureRunning(...idsOf(day));
    await eventually('a part of the day', async () => (await countOf(day)).settled >= 15);

    await engine.stopWorker();
    const { settled } = await countOf(day);
    expect(settled).toBeLessThan(60);
    await expectCoherent(database.pool);

    await engine.startWorker();
    await untilAllSettled(day);
    expect(await countOf(day)).toEqual({ settled: 60, retried: 0 });
  }, 120_000);

  it('two side by side settle a day of 200 and swap nothing twice', async () => {
    const other = await runWorker(await engine.workerOptions());
    try {
      const day = await tightDay(world, 200);
      await driveInFlight(day, 50);
      expect(await countOf(day)).toEqual({ settled: 200, retried: 0 });
      expect(await doubleSwaps(database.pool)).toBe(0);
    } finally {
      await other.stop();
    }
  }, 120_000);
});

describe('the digest of a day', () => {
  it('is the same with 1 and with 32 in flight', async () => {
    const digests: Digest[] = [];
    for (const limit of [1, 32]) {
      const day = await tightDay(world, 60, { hopeless: 3 });
      await driveInFlight(day, limit);
      digests.push(await digestOf(database.pool, day.accounts));
    }
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[0]?.postings.length).toBeGreaterThan(240);
    expect(digests[0]?.events.filter((line) => line.includes('INSUFFICIENT_CASH'))).toHaveLength(6);
  }, 120_000);
});
