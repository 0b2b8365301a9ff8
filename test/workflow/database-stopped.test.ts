import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod/v4';
import type { TradeEvent } from '../../src/domain/trade';
import { sql } from '../../src/postgres/sql';
import { doubleSwaps } from '../support/digest';
import { eventually } from '../support/eventually';
import { expectCoherent } from '../support/expect-coherent';
import { OwnPostgres } from '../support/own-servers';
import { TestEngine } from '../support/settlement-engine';
import { tightDay } from '../support/tight-day';

const postgres = new OwnPostgres();
const engine = new TestEngine();
const { world, database } = engine;
afterAll(() => postgres.end());

const STOPPED_FOR_MS = 20_000;
const TRADES = 150;
/** POOL_SIZE of the worker: what the database may see of it at most, whatever was cut off. */
const WORKER_CONNECTIONS = 28;

async function settledCount(): Promise<number> {
  return database.pool.oneFirst(sql.type(z.object({ count: z.int() }))`
    select count(*)::int as count from settlements where status = 'settled' and retry_count = 0`);
}

async function workerSessions(): Promise<number> {
  return database.pool.oneFirst(sql.type(z.object({ count: z.int() }))`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name = 'cantondex-worker'`);
}

/**
 * Few at a time, oldest first: a step may queue for one of the worker's 16 slots, and each in the queue takes its 3.5 s of the
 * 20 in which nothing answers. With 12 the regular twin's second attempt comes after about 14 s.
 */
const IN_FLIGHT = 12;
const running: string[] = [];

/** Starts the day's trades as the matching engine does, which asks nothing of PostgreSQL. */
function lanesOf(events: readonly TradeEvent[]): Promise<void>[] {
  const waiting = events.values();
  return Array.from({ length: IN_FLIGHT }, async () => {
    for (const event of waiting) {
      const handle = await engine.start(event);
      running.push(event.trade_id);
      await handle.result();
    }
  });
}

/** Errors that ops see in the Temporal UI now, as activities that are tried again. */
async function errorsSeenNow(tradeIds: readonly string[]): Promise<readonly string[]> {
  const descriptions = await Promise.all(tradeIds.map((tradeId) => engine.handle(tradeId).describe()));
  return descriptions
    .flatMap(({ raw }) => raw.pendingActivities ?? [])
    .flatMap(({ lastFailure, attempt }) => ((attempt ?? 0) > 1 && lastFailure?.message ? [lastFailure.message] : []));
}

/** Errors of activities that were tried again and succeeded, as the history keeps them. */
async function errorsInHistory(tradeId: string): Promise<readonly string[]> {
  const { events } = await engine.handle(tradeId).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started?.lastFailure?.message ? [started.lastFailure.message] : [],
  );
}

describe('PostgreSQL stopped for 20 s in the middle of a day', () => {
  it('costs time and nothing else: steps step up, are seen with their error, and all settle in their first attempt', async () => {
    const day = await tightDay(world, TRADES);
    const ids = day.events.map(({ trade_id }) => trade_id);
    await world.acceptAll(day.events);
    const driven = Promise.all(lanesOf(day.events));
    await eventually('the middle of the day', async () => (await settledCount()) >= 20, 60_000);

    expect(postgres.freeze()).toBeGreaterThan(5);
    const thawed = delay(STOPPED_FOR_MS).then(() => postgres.thaw());
    const seen = await eventually(
      'a regular activity with its error',
      async () => {
        const errors = await errorsSeenNow(running.slice(-2 * IN_FLIGHT));
        return errors.length > 0 ? errors : null;
      },
      STOPPED_FOR_MS,
    );
    await thawed;

    expect(seen.join('\n')).toMatch(/PostgreSQL|connection/);
    await driven;
    await eventually('the whole day in first attempts', async () => (await settledCount()) === TRADES, 120_000);
    const errors = (await Promise.all(ids.map(errorsInHistory))).flat();
    expect(errors.length).toBeGreaterThan(0);
    expect(await doubleSwaps(database.pool)).toBe(0);
    await expectCoherent(database.pool);
    await eventually('no more sessions than the pool has', async () => (await workerSessions()) <= WORKER_CONNECTIONS);
    expect(engine.engine.pool.state()).toMatchObject({ acquiredConnections: 0, waitingClients: 0 });
  }, 240_000);
});
