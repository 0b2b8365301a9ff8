import type { DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import type { Ledger } from '../../src/ledger/port';
import { sql } from '../../src/postgres/sql';
import type { LedgerWorld } from './ledger-world';

/** What a session that holds its transaction open can do. */
export type Connection = Pick<DatabasePool, 'any' | 'one' | 'query'>;

export interface Race<A, B> {
  readonly first: A;
  readonly second: B;
}

const ROLL_BACK = new Error('rolled back by the test');

/**
 * Session A calls `first` and keeps its transaction open; session B calls `second`, and has to wait for A's locks (that is
 * asserted); then A commits or rolls back, and B decides on what is true by then.
 */
export async function race<A, B>(
  world: LedgerWorld,
  first: (ledger: Ledger, connection: Connection) => Promise<A>,
  second: (ledger: Ledger) => Promise<B>,
  end: 'commit' | 'rollback' = 'commit',
): Promise<Race<A, B>> {
  const session = await openSession(world, first);
  const waiting = second(world.ledger);
  try {
    await Promise.race([
      untilSomebodyWaitsFor(world, session.pid),
      waiting.then((early) => {
        throw new Error(`the second session did not wait: ${JSON.stringify(early)}`);
      }),
    ]);
  } finally {
    await session.end(end);
  }
  return { first: session.answer, second: await waiting };
}

/** Session A calls `first` and keeps its transaction open; B calls `second` and does not wait; then A ends. */
export async function beside<A, B>(
  world: LedgerWorld,
  first: (ledger: Ledger, connection: Connection) => Promise<A>,
  second: (ledger: Ledger) => Promise<B>,
): Promise<Race<A, B>> {
  const session = await openSession(world, first);
  try {
    return { first: session.answer, second: await second(world.ledger) };
  } finally {
    await session.end('commit');
  }
}

interface Session<A> {
  readonly pid: number;
  readonly answer: A;
  end(how: 'commit' | 'rollback'): Promise<void>;
}

/** Not `await`ed inside of slonik's handler: it refuses other connections there. */
async function openSession<A>(
  world: LedgerWorld,
  work: (ledger: Ledger, connection: Connection) => Promise<A>,
): Promise<Session<A>> {
  const ended = deferred<'commit' | 'rollback'>();
  const begun = deferred<{ pid: number; answer: A }>();
  const transaction = world.pool
    .transaction(async (connection) => {
      const { pid } = await connection.one(sql.type(z.object({ pid: z.int() }))`select pg_backend_pid() as pid`);
      begun.resolve({ pid, answer: await work(world.ledgerOn(connection), connection) });
      if ((await ended.promise) === 'rollback') throw ROLL_BACK;
    })
    .catch((error: unknown) => {
      begun.reject(error);
      if (error !== ROLL_BACK) throw error;
    });
  await Promise.race([begun.promise, transaction]);
  const { pid, answer } = await begun.promise;
  return {
    pid,
    answer,
    end: async (how) => {
      ended.resolve(how);
      await transaction;
    },
  };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/**
 * As `race`, with two more sessions: C begins when B waits, and A ends when both wait. Whether C waits for A or for B is
 * theirs to settle; a lock order that is not the same everywhere ends here in a deadlock.
 */
export async function queue<A, B, C>(
  world: LedgerWorld,
  first: (ledger: Ledger, connection: Connection) => Promise<A>,
  second: () => Promise<B>,
  third: () => Promise<C>,
): Promise<{ readonly second: B; readonly third: C }> {
  const session = await openSession(world, first);
  const b = second();
  const c = untilWaiting(world, 1).then(third);
  try {
    await untilWaiting(world, 2);
  } finally {
    await session.end('commit');
  }
  const [secondAnswer, thirdAnswer] = await Promise.all([b, c]);
  return { second: secondAnswer, third: thirdAnswer };
}

const WAITERS = sql.fragment`
  select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
const pidRow = z.object({ pid: z.int() });

/** Until pg_stat_activity shows a session of this database that waits for a lock of `pid`. */
function untilSomebodyWaitsFor(world: LedgerWorld, pid: number): Promise<void> {
  return until(async () => {
    const found = await world.pool.any(sql.type(pidRow)`${WAITERS} and ${pid} = any (pg_blocking_pids(pid))`);
    return found.length > 0;
  });
}

/** Until so many sessions of this database wait for a lock. */
function untilWaiting(world: LedgerWorld, count: number): Promise<void> {
  return until(async () => (await world.pool.any(sql.type(pidRow)`${WAITERS}`)).length >= count);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + 3_000;
  while (Date.now() < limit) if (await isSo()) return;
  throw new Error('nobody came to wait for the first session');
}
