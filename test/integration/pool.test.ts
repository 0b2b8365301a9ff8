import { Client } from 'pg';
import type { DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import { classifyError } from '../../src/postgres/errors';
import { createPool, type PoolOptions } from '../../src/postgres/pool';
import { sql } from '../../src/postgres/sql';
import { testDatabase } from '../support/database';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const database = testDatabase();
const one = z.strictObject({ one: z.int() });
const selectOne = sql.type(one)`select 1 as one`;

const kindOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => classifyError(error).kind,
  );

describe('what comes back', () => {
  it('numeric, int8, their arrays and domains are the text that PostgreSQL wrote', async () => {
    const row = await database.pool.one(
      sql.type(
        z.strictObject({
          price: z.string(),
          domain: z.string(),
          id: z.string(),
          prices: z.array(z.string()),
          ids: z.array(z.string()),
        }),
      )`
        select 1.50::numeric as price, 99999999999999999999.000000000000000001::amount as domain, 9007199254740993::int8 as id,
          array[1.10, 0.000000000000000001]::numeric[] as prices, array[9007199254740993]::int8[] as ids`,
    );
    expect(row).toEqual({
      price: '1.50',
      domain: '99999999999999999999.000000000000000001',
      id: '9007199254740993',
      prices: ['1.10', '0.000000000000000001'],
      ids: ['9007199254740993'],
    });
  });

  it('dates are YYYY-MM-DD, timestamps RFC 3339 in UTC with their microseconds, whatever the session’s zone', async () => {
    const schema = z.strictObject({
      day: z.string(),
      at: z.string(),
      whole: z.string(),
      list: z.array(z.string().nullable()),
    });
    for (const zone of ['UTC', 'America/St_Johns', 'Asia/Kathmandu']) {
      const row = await database.pool.transaction(async (tx) => {
        await tx.one(sql.type(z.object({}))`select set_config('timezone', ${zone}, true)`);
        return tx.one(sql.type(schema)`
          select '2026-02-28'::date as day, '2026-02-28T23:30:00.123456Z'::timestamptz as at, '2026-02-28T23:30:00Z'::timestamptz as whole,
            array['2026-02-28T23:30:00Z', null]::timestamptz[] as list`);
      });
      expect(row).toEqual({
        day: '2026-02-28',
        at: '2026-02-28T23:30:00.123456Z',
        whole: '2026-02-28T23:30:00Z',
        list: ['2026-02-28T23:30:00Z', null],
      });
    }
  });

  it('a row that its schema does not allow is an error, and a bug', async () => {
    await expect(database.pool.one(sql.type(one)`select '1'::text as one`)).rejects.toThrow('do not conform');
    expect(await kindOf(database.pool.one(sql.type(one)`select 1 as one, 2 as two`))).toBe('bug');
    expect(await kindOf(database.pool.query(sql.void`select 1 as one`))).toBe('bug');
  });

  it('the row is what the schema made of it', async () => {
    const schema = z.strictObject({ n: z.string().transform(BigInt) });
    expect(await database.pool.oneFirst(sql.type(schema)`select 7::int8 as n`)).toBe(7n);
  });

  it('one statement a query, also without parameters', async () => {
    await expect(database.pool.query(sql.void`select 1; create table two_statements ()`)).rejects.toThrow(
      'multiple commands',
    );
  });
});

describe('time limits', () => {
  let proxy: TcpProxy;
  const pools: DatabasePool[] = [];
  const makePool = async (options: Partial<PoolOptions> = {}) => {
    const pool = await createPool({
      databaseUrl: proxy.through(database.url),
      applicationName: 'pool test',
      maximumPoolSize: 2,
      statementTimeoutMs: 300,
      queryTimeoutMs: 600,
      connectTimeoutMs: 400,
      acquireTimeoutMs: 2_000,
      ...options,
    });
    pools.push(pool);
    return pool;
  };

  beforeEach(async () => {
    proxy = await startTcpProxy(database.url);
  });
  afterEach(async () => {
    proxy.thaw();
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
    await proxy.close();
  });

  it('the server ends a statement that takes too long: nothing was done', async () => {
    const pool = await makePool();
    const error = await pool.query(sql.void`select pg_sleep(5)`).catch((thrown: unknown) => thrown);
    expect(classifyError(error)).toMatchObject({ kind: 'transient', sqlstate: '57014' });
    expect(await pool.one(selectOne)).toEqual({ one: 1 });
  });

  it('where the limit comes from the role, none is sent', async () => {
    const pool = await makePool({ statementTimeoutMs: null });
    const setting = z.strictObject({ statement_timeout: z.string() });
    expect(await pool.oneFirst(sql.type(setting)`show statement_timeout`)).toBe('0');
    expect(await (await makePool()).oneFirst(sql.type(setting)`show statement_timeout`)).toBe('300ms');
  });

  it('a server that answers no more: its connections are dropped, the outcome is unknown, and the pool works again', async () => {
    const pool = await makePool();
    const inTransaction = pool.transaction(async (tx) => {
      await tx.one(selectOne);
      proxy.freeze();
      await tx.one(selectOne);
    });
    const kind = kindOf(inTransaction);
    while (!proxy.isFrozen()) await new Promise((resolve) => setTimeout(resolve, 5));

    const others = Array.from({ length: 6 }, () => pool.one(selectOne));
    const started = Date.now();
    expect(await kind).toBe('unknown');
    expect(await Promise.all(others.map(kindOf))).toEqual(Array.from({ length: 6 }, () => 'transient'));
    expect(Date.now() - started).toBeLessThan(2_500);

    proxy.thaw();
    expect(await Promise.all([1, 2, 3, 4].map(() => pool.one(selectOne)))).toEqual(
      Array.from({ length: 4 }, () => ({ one: 1 })),
    );
    expect(pool.state()).toMatchObject({ acquiredConnections: 0, pendingDestroyConnections: 0, waitingClients: 0 });
  });

  it('a call that finds no free connection in time says so: nothing was sent', async () => {
    const pool = await makePool({ maximumPoolSize: 1, acquireTimeoutMs: 100, statementTimeoutMs: 500 });
    const slow = pool.query(sql.void`select pg_sleep(0.3)`).catch(() => undefined);
    const error = await pool.one(selectOne).catch((thrown: unknown) => thrown);
    expect(classifyError(error)).toMatchObject({
      kind: 'transient',
      message: 'All 1 database connections stayed busy for 100 ms.',
    });
    await slow;
    expect(await pool.one(selectOne)).toEqual({ one: 1 });
  });

  it('the answer to COMMIT is lost: unknown, and the row is there', async () => {
    const pool = await makePool();
    const dropped = proxy.dropAnswerTo('COMMIT');
    const error = await pool
      .transaction((tx) =>
        tx.query(sql.void`insert into users (email, password_hash) values ('commit@example.com', '!')`),
      )
      .catch((thrown: unknown) => thrown);
    await dropped;
    expect(classifyError(error)).toMatchObject({ kind: 'unknown', sqlstate: null });
    expect(await pool.exists(sql.void`select from users where email = 'commit@example.com'`)).toBe(true);
  });

  it('the server ends the session under a query: unknown, and the next query gets another connection', async () => {
    const pool = await makePool({ statementTimeoutMs: null, queryTimeoutMs: 5_000 });
    const slow = kindOf(pool.query(sql.void`select pg_sleep(4)`));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await database.asSuperuser((client) => endSessions(client));
    expect(await slow).toBe('unknown');
    expect(await pool.one(selectOne)).toEqual({ one: 1 });
  });

  it('the server ends an idle session: nobody notices', async () => {
    const pool = await makePool();
    await pool.one(selectOne);
    await database.asSuperuser((client) => endSessions(client));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pool.state()).toMatchObject({ idleConnections: 0 });
    expect(await pool.one(selectOne)).toEqual({ one: 1 });
  });

  it('a handler that swallows the loss does not bring the dead connection back', async () => {
    const pool = await makePool({ maximumPoolSize: 1 });
    await pool
      .connect(async (connection) => {
        await connection.one(selectOne);
        proxy.freeze();
        await connection.one(selectOne).catch(() => undefined);
      })
      .catch(() => undefined);
    proxy.thaw();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await pool.one(selectOne)).toEqual({ one: 1 });
  });

  it('nobody listens: transient, at once', async () => {
    const url = proxy.through(database.url);
    await proxy.close();
    const pool = await createPool({ databaseUrl: url, applicationName: 'pool test', maximumPoolSize: 1 });
    expect(await kindOf(pool.one(selectOne))).toBe('transient');
    await pool.end();
    proxy = await startTcpProxy(database.url);
  });

  it('a wrong password is the configuration’s fault', async () => {
    const url = new URL(database.url);
    url.password = 'wrong';
    const pool = await createPool({ databaseUrl: url.toString(), applicationName: 'pool test', maximumPoolSize: 1 });
    const error = await pool.one(selectOne).catch((thrown: unknown) => thrown);
    expect(classifyError(error)).toMatchObject({ kind: 'bug', sqlstate: '28P01' });
    await pool.end();
  });
});

async function endSessions(client: Client): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pool test' and datname = current_database()`,
  );
}
