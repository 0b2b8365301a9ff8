import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import type { DatabasePool } from 'slonik';
import { migrateUp } from '../../src/postgres/migrate';
import { createPool } from '../../src/postgres/pool';
import { projectRoot } from '../../src/postgres/project-root';
import { OWNER_ROLE } from '../../src/postgres/roles';

export interface TestDatabase {
  readonly name: string;
  /** The application's login. */
  readonly url: string;
  /** The same database, as the superuser. */
  readonly superuserUrl: string;
  /** The application's pool, made when first asked for, ended after the last test. */
  readonly pool: DatabasePool;
  /** Runs SQL past every privilege: to damage something, or to look where the application may not. */
  asSuperuser<T>(work: (client: Client) => Promise<T>): Promise<T>;
}

export interface TestDatabaseOptions {
  /** false: empty, without a single migration. */
  migrated?: boolean;
  maximumPoolSize?: number;
}

/**
 * A database for the tests of the file (or describe) that calls this, cloned from a migrated template.
 * After the last test it is dropped; sessions and advisory locks that the tests left behind fail the file.
 */
export function testDatabase(options: TestDatabaseOptions = {}): TestDatabase {
  const name = `cantondex_test_${randomUUID().replaceAll('-', '')}`;
  let pool: DatabasePool | undefined;

  beforeAll(async () => {
    await createDatabase(name, options.migrated ?? true);
    pool = await createPool({
      databaseUrl: urlOf(name),
      applicationName: name,
      maximumPoolSize: options.maximumPoolSize ?? 10,
    });
  });
  afterAll(async () => {
    // Locks first: those of the pool's own sessions go when it ends.
    const locks = await withClient(superuserUrlOf('postgres'), (client) => readLocks(client, name));
    await pool?.end();
    await dropDatabase(name, locks);
  });

  return {
    name,
    get url() {
      return urlOf(name);
    },
    get superuserUrl() {
      return superuserUrlOf(name);
    },
    get pool() {
      if (pool === undefined)
        throw new Error('The test database is there from beforeAll on, not while tests are collected.');
      return pool;
    },
    asSuperuser: (work) => withClient(superuserUrlOf(name), work),
  };
}

/** The same server and login, another database. */
function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

function superuserUrlOf(database: string): string {
  const url = process.env['CANTONDEX_TEST_SUPERUSER_URL'];
  if (url === undefined)
    throw new Error(
      'CANTONDEX_TEST_SUPERUSER_URL is not set: integration tests need the servers of Jest’s global setup.',
    );
  return withDatabase(url, database);
}

function urlOf(database: string): string {
  const url = process.env['CANTONDEX_TEST_DATABASE_URL'];
  if (url === undefined)
    throw new Error(
      'CANTONDEX_TEST_DATABASE_URL is not set: integration tests need the servers of Jest’s global setup.',
    );
  return withDatabase(url, database);
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'test support' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function createDatabase(name: string, migrated: boolean): Promise<void> {
  await withClient(superuserUrlOf('postgres'), async (client) => {
    // Of Jest's workers the first makes the template; and PostgreSQL copies no template while another session copies it.
    await client.query(`select pg_advisory_lock(hashtext('cantondex test template'))`);
    const template = migrated ? await ensureTemplate(client) : 'template0';
    await client.query(`create database ${name} template ${template} owner ${OWNER_ROLE}`);
  });
}

async function ensureTemplate(client: Client): Promise<string> {
  const template = `cantondex_template_${hashOfMigrations()}`;
  const { rows } = await client.query('select from pg_database where datname = $1', [template]);
  if (rows.length > 0) return template;
  const unfinished = `${template}_unfinished`;
  await client.query(`drop database if exists ${unfinished} with (force)`);
  await client.query(`create database ${unfinished} template template0 owner ${OWNER_ROLE}`);
  await migrateUp(superuserUrlOf(unfinished));
  await client.query(`alter database ${unfinished} rename to ${template}`);
  return template;
}

function hashOfMigrations(): string {
  const hash = createHash('sha256');
  const folder = path.join(projectRoot(), 'migrations');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (/^(\d{4}_\w+|functions.\w+)\.sql$/.test(name)) hash.update(name).update(readFileSync(path.join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function dropDatabase(name: string, locks: string[]): Promise<void> {
  await withClient(superuserUrlOf('postgres'), async (client) => {
    const leaks = [...locks, ...(await readSessions(client, name))];
    await client.query(`drop database if exists ${name} with (force)`);
    if (leaks.length > 0) throw new Error(`These tests left behind in PostgreSQL:\n  ${leaks.join('\n  ')}`);
  });
}

async function readLocks(client: Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ leak: string }>(
    `select format('advisory lock %s/%s of session %s of %s: %s', l.classid, l.objid, a.pid, a.application_name, left(a.query, 80)) as leak
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and a.datname = $1`,
    [name],
  );
  return rows.map((row) => row.leak);
}

/** A session that was ended a moment ago may still be shown: it gets two seconds. */
async function readSessions(client: Client, name: string): Promise<string[]> {
  const until = Date.now() + 2_000;
  for (;;) {
    const { rows } = await client.query<{ leak: string }>(
      `select format('session %s of %s (%s): %s', pid, application_name, state, left(query, 80)) as leak
       from pg_stat_activity where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || Date.now() > until) return rows.map((row) => row.leak);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
