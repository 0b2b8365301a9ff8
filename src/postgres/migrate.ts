import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { applyFunctions, dropFunctions, readAppliedFunctions, readFunctionFiles } from './migrate-functions';
import { projectRoot } from './project-root';
import { actAsOwner, USER_ROLE } from './roles';

/** Told what was done, a line each. */
export type Say = (line: string) => void;

export interface MigrationResult {
  /** Names of the numbered migrations that were applied or undone, in the order in which that happened. */
  migrations: string[];
  /** Signatures of the functions that were applied (up) or dropped (down, or their file is gone). */
  appliedFunctions: string[];
  droppedFunctions: string[];
}

export interface MigrationStatus {
  kind: 'migration' | 'function';
  name: string;
  /** changed: another version of the function is applied. unknown: applied, but no such file is here. */
  state: 'applied' | 'pending' | 'changed' | 'unknown';
  appliedAt: Date | null;
}

const TABLE = 'migrations';
const NUMBERED = /^\d{4}_\w+\.sql$/;
/** node-pg-migrate wants to hear what is not one. */
const NOT_NUMBERED = String.raw`(?!\d{4}_\w+\.sql$).*`;

/**
 * Brings the database to this version: roles, numbered migrations (a transaction each), then functions.
 * Of two at once the second waits, and finds everything done. Needs PostgreSQL itself, not PgBouncer: the lock is the session's.
 */
export function migrateUp(databaseUrl: string, say: Say = () => undefined): Promise<MigrationResult> {
  return asOwner(databaseUrl, async (client) => {
    const migrations = await runNumbered(client, 'up', Infinity);
    for (const name of migrations) say(`Applied migration ${name}`);
    await client.query(`grant select on ${TABLE} to ${USER_ROLE}`);
    const { applied, dropped } = await applyFunctions(client);
    for (const name of dropped) say(`Dropped function ${name}`);
    if (applied.length > 0) say(`Applied ${applied.length} functions`);
    return { migrations, appliedFunctions: applied, droppedFunctions: dropped };
  });
}

/** Undoes the last `count` numbered migrations, and all functions before them; `migrateUp` brings both back. */
export function migrateDown(databaseUrl: string, count = 1, say: Say = () => undefined): Promise<MigrationResult> {
  return asOwner(databaseUrl, async (client) => {
    const dropped = await dropFunctions(client);
    if (dropped.length > 0) say(`Dropped ${dropped.length} functions`);
    const migrations = await runNumbered(client, 'down', count);
    for (const name of migrations) say(`Undid migration ${name}`);
    return { migrations, appliedFunctions: [], droppedFunctions: dropped };
  });
}

/** What is applied and what is not, migrations first. Changes nothing, and needs only to read. */
export function migrationStatus(databaseUrl: string): Promise<MigrationStatus[]> {
  return withClient(databaseUrl, async (client) => [
    ...statusOf('migration', await numberedFiles(), await readAppliedMigrations(client)),
    ...statusOf('function', await readFunctionFiles(), await readAppliedFunctions(client)),
  ]);
}

interface OnDisk {
  name: string;
  sha256?: string;
}
interface Applied extends OnDisk {
  applied_at: Date;
}

function statusOf(kind: MigrationStatus['kind'], files: OnDisk[], applied: Applied[]): MigrationStatus[] {
  const there = new Map(applied.map((row) => [row.name, row]));
  const known = files.map((file): MigrationStatus => {
    const row = there.get(file.name);
    if (row === undefined) return { kind, name: file.name, state: 'pending', appliedAt: null };
    return {
      kind,
      name: file.name,
      state: row.sha256 === file.sha256 ? 'applied' : 'changed',
      appliedAt: row.applied_at,
    };
  });
  const unknown = applied
    .filter((row) => !files.some((file) => file.name === row.name))
    .map((row): MigrationStatus => ({ kind, name: row.name, state: 'unknown', appliedAt: row.applied_at }));
  return [...known, ...unknown];
}

async function readAppliedMigrations(client: Client): Promise<Applied[]> {
  const { rows: tables } = await client.query('select where to_regclass($1) is not null', [`public.${TABLE}`]);
  if (tables.length === 0) return [];
  // node-pg-migrate's run_on has no zone: it is the session's local time of then, and the sessions here are in UTC.
  const { rows } = await client.query<Applied>(
    `select name, run_on at time zone 'UTC' as applied_at from ${TABLE} order by id`,
  );
  return rows;
}

async function numberedFiles(): Promise<OnDisk[]> {
  const names = (await readdir(migrationsFolder())).filter((name) => NUMBERED.test(name)).sort();
  return names.map((name) => ({ name: path.parse(name).name }));
}

function migrationsFolder(): string {
  return path.join(projectRoot(), 'migrations');
}

async function runNumbered(client: Client, direction: 'up' | 'down', count: number): Promise<string[]> {
  const { runner } = await import('node-pg-migrate');
  const complaints: string[] = [];
  try {
    const done = await runner({
      dbClient: client,
      dir: migrationsFolder(),
      ignorePattern: NOT_NUMBERED,
      migrationsTable: TABLE,
      direction,
      count,
      singleTransaction: false,
      advisoryLockMode: 'wait',
      verbose: false,
      logger: {
        info: () => undefined,
        warn: () => undefined,
        error: (text: string) => {
          complaints.push(text);
        },
      },
    });
    return done.map((migration) => migration.name);
  } catch (cause) {
    throw new Error(`Migrating ${direction} failed: ${messageOf(cause)}${complaints.map(placeOf).join('')}`, { cause });
  }
}

/** From node-pg-migrate's complaint, which is the whole migration: the line that its carets point at. */
function placeOf(complaint: string): string {
  const lines = complaint.split('\n');
  const carets = lines.findIndex((line) => /^\s*\^\^\^\^/.test(line));
  return carets < 1 ? '' : `\nat line ${carets - 1}: ${lines[carets - 1]?.trim() ?? ''}`;
}

function messageOf(error: unknown): string {
  return error instanceof Object && 'message' in error ? String(error.message) : String(error);
}

async function asOwner<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const { PG_MIGRATE_LOCK_ID } = await import('node-pg-migrate');
  return withClient(databaseUrl, async (client) => {
    // node-pg-migrate takes this lock too, and gives it back before the functions are applied: held here, it covers both.
    await client.query('select pg_advisory_lock($1)', [PG_MIGRATE_LOCK_ID]);
    await actAsOwner(client);
    // A migration that waits for a table's lock makes all traffic wait behind it.
    await client.query(`set lock_timeout = '30s'`);
    return work(client);
  });
}

async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: databaseUrl,
    application_name: 'cantondex migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // the query that is under way reports it
  await client.connect();
  try {
    await client.query(`set statement_timeout = 0; set timezone = 'UTC'; set search_path = public, pg_temp`);
    return await work(client);
  } finally {
    await client.end();
  }
}
