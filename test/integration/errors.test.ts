import { classifyError, PostgresDriverError } from '../../src/postgres/errors';
import { sql } from '../../src/postgres/sql';
import { testDatabase } from '../support/database';

const database = testDatabase();

const failing = async (statement: string) => {
  const error: unknown = await database.asSuperuser((client) =>
    client.query(statement).then(
      () => new Error('no error'),
      (thrown: unknown) => thrown,
    ),
  );
  return classifyError(error);
};

const raise = (sqlstate: string) => `do $$ begin raise exception 'on purpose' using errcode = '${sqlstate}'; end $$`;

describe('the server’s own codes', () => {
  it.each([
    ['insert into users (email) values (null)', 'rejected', '23502'],
    [`select 'NaN'::numeric::amount`, 'rejected', '23514'],
    [`insert into accounts (user_id, account_number) values (gen_random_uuid(), 'x')`, 'rejected', '23503'],
    [`select 'x'::uuid`, 'rejected', '22P02'],
    [`set statement_timeout = 10; select pg_sleep(1)`, 'transient', '57014'],
    [`select * from no_such_table`, 'bug', '42P01'],
    [`selekt`, 'bug', '42601'],
    [`do $$ begin raise exception 'no'; end $$`, 'rejected', 'P0001'],
    [raise('40001'), 'transient', '40001'],
    [raise('40P01'), 'transient', '40P01'],
    [raise('40003'), 'unknown', '40003'],
    [raise('57P01'), 'unknown', '57P01'],
    [raise('57P03'), 'transient', '57P03'],
    [raise('CD001'), 'bug', 'CD001'],
    [raise('ZZ999'), 'bug', 'ZZ999'],
  ])('%s', async (statement, kind, sqlstate) => {
    expect(await failing(statement)).toMatchObject({ kind, sqlstate });
  });

  it('come through the pool as they are', async () => {
    const error = await database.pool
      .query(
        sql.void`insert into users (email, password_hash) values ('twice@example.com', '!'), ('twice@example.com', '!')`,
      )
      .catch((thrown: unknown) => thrown);
    expect(classifyError(error)).toMatchObject({
      kind: 'rejected',
      sqlstate: '23505',
      message: expect.stringContaining('users_email_key') as unknown,
    });
  });

  it('the application may not do what it has no grant for: a bug', async () => {
    const error = await database.pool.query(sql.void`delete from users`).catch((thrown: unknown) => thrown);
    expect(classifyError(error)).toMatchObject({ kind: 'bug', sqlstate: '42501' });
  });
});

describe('failures on this side', () => {
  it.each([
    ['ECONNREFUSED', 'transient'],
    ['ECONNRESET', 'unknown'],
    ['EPIPE', 'unknown'],
    ['ETIMEDOUT', 'unknown'],
    ['EWHATEVER', 'bug'],
  ])('%s is %s', (code, kind) => {
    expect(classifyError(Object.assign(new Error('x'), { code }))).toMatchObject({ kind, sqlstate: null });
  });

  it('a connection that was reset while it was being made carried nothing', () => {
    const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(classifyError(new PostgresDriverError('POSTGRES_CONNECT_FAILED', 'x', { cause })).kind).toBe('transient');
    expect(classifyError(new PostgresDriverError('POSTGRES_CONNECTION_LOST', 'x', { cause })).kind).toBe('unknown');
  });

  it('a server that goes down while it is being connected to did nothing either', () => {
    const cause = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
    expect(classifyError(cause).kind).toBe('unknown');
    const connecting = new PostgresDriverError('POSTGRES_CONNECT_FAILED', 'x', { cause });
    expect(classifyError(connecting)).toMatchObject({ kind: 'transient', sqlstate: '57P01' });
  });

  it('looks through causes, and stops where they go in a circle', () => {
    const inner = Object.assign(new Error('inner'), { code: '40001' });
    const outer = new Error('outer', { cause: new Error('middle', { cause: inner }) });
    Object.assign(inner, { cause: outer });
    expect(classifyError(outer)).toEqual({ kind: 'transient', sqlstate: '40001', message: 'outer: middle: inner' });
  });

  it('takes what is no Error at all', () => {
    expect(classifyError(undefined)).toEqual({ kind: 'bug', sqlstate: null, message: 'No message.' });
    expect(classifyError('text')).toMatchObject({ kind: 'bug' });
    expect(classifyError(new AggregateError([Object.assign(new Error('no'), { code: 'ECONNREFUSED' })])).kind).toBe(
      'transient',
    );
  });
});
