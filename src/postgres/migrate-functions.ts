import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from 'pg';
import { projectRoot } from './project-root';
import { USER_ROLE } from './roles';

/**
 * One function of the database, with the triggers that call it: a file in migrations/functions, applied again when changed.
 * Its first line names it: `-- function: name(argument types)`.
 */
export interface FunctionFile {
  /** The whole signature, as the first line has it. */
  name: string;
  text: string;
  sha256: string;
}

export interface AppliedFunction {
  name: string;
  sha256: string;
  applied_at: Date;
}

const HEADER = /^-- function: (([a-z_0-9]+)\(.*\))\n/;
const TRIGGER = /\bcreate or replace trigger\s+(\w+)\s[^;]*?\son\s+(\w+)/gi;

/** The function files, sorted by name. */
export async function readFunctionFiles(): Promise<FunctionFile[]> {
  const folder = path.join(projectRoot(), 'migrations', 'functions');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map((name) => readFunctionFile(folder, name)));
}

async function readFunctionFile(folder: string, fileName: string): Promise<FunctionFile> {
  const text = await readFile(path.join(folder, fileName), 'utf8');
  const [, name, bareName] = HEADER.exec(text) ?? [];
  if (name === undefined || `${bareName}.sql` !== fileName) {
    throw new Error(
      `migrations/functions/${fileName} has to begin with: -- function: ${path.parse(fileName).name}(argument types)`,
    );
  }
  return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
}

/** What was applied, and when; nothing where nothing ever was. */
export async function readAppliedFunctions(client: Client): Promise<AppliedFunction[]> {
  const { rows: tables } = await client.query(`select where to_regclass('public.migration_functions') is not null`);
  if (tables.length === 0) return [];
  const { rows } = await client.query<AppliedFunction>(
    'select name, sha256, applied_at from migration_functions order by name',
  );
  return rows;
}

/** Applies the files that are new or changed and drops the functions whose file is gone, all in one transaction. */
export async function applyFunctions(client: Client): Promise<{ applied: string[]; dropped: string[] }> {
  const files = await readFunctionFiles();
  await client.query(`
    create table if not exists migration_functions (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`);
  await client.query(`grant select on migration_functions to ${USER_ROLE}`);
  const applied = new Map((await readAppliedFunctions(client)).map((row) => [row.name, row.sha256]));
  const changed = files.filter((file) => applied.get(file.name) !== file.sha256);
  const gone = [...applied.keys()].filter((name) => !files.some((file) => file.name === name));
  if (changed.length + gone.length > 0) {
    await client.query('begin');
    for (const name of gone) await dropFunction(client, name);
    // Bodies may call functions of later files: they are checked when all are there.
    await client.query('set local check_function_bodies = off');
    for (const file of changed) await applyFunction(client, file);
    await client.query('set local check_function_bodies = on');
    for (const file of changed) await checkBody(client, file.name);
    await client.query('commit');
  }
  return { applied: changed.map((file) => file.name), dropped: gone };
}

/** Drops every function that was applied, before the tables that they speak of go. */
export async function dropFunctions(client: Client): Promise<string[]> {
  const names = (await readAppliedFunctions(client)).map((row) => row.name);
  await client.query('begin');
  for (const name of names) await dropFunction(client, name);
  await client.query('commit');
  return names;
}

async function applyFunction(client: Client, file: FunctionFile): Promise<void> {
  try {
    await createOrReplace(client, file);
    await client.query('select $1::regprocedure', [file.name]);
    await dropTriggersNotIn(client, file);
    await grantExecute(client, file.name);
    await client.query(
      `insert into migration_functions (name, sha256) values ($1, $2)
       on conflict (name) do update set sha256 = excluded.sha256, applied_at = now()`,
      [file.name, file.sha256],
    );
  } catch (cause) {
    throw new Error(`Function ${file.name} cannot be applied: ${messageOf(cause)}`, { cause });
  }
}

/** Replaced in place where possible: sessions that call it now go on. PostgreSQL refuses that for another return type or other argument names. */
async function createOrReplace(client: Client, file: FunctionFile): Promise<void> {
  await client.query('savepoint replacing');
  try {
    await client.query(file.text);
  } catch (error) {
    if (!(error instanceof Object && 'code' in error && error.code === '42P13')) throw error;
    await client.query('rollback to savepoint replacing');
    await dropFunction(client, file.name);
    await client.query(file.text);
  }
  await client.query('release savepoint replacing');
}

/** A trigger that its file no longer makes would go on firing. */
async function dropTriggersNotIn(client: Client, file: FunctionFile): Promise<void> {
  const kept = new Set([...file.text.matchAll(TRIGGER)].map(([, trigger, table]) => `${trigger} on ${table}`));
  for (const trigger of await triggersOf(client, file.name)) {
    if (!kept.has(trigger)) await client.query(`drop trigger ${trigger}`);
  }
}

async function triggersOf(client: Client, name: string): Promise<string[]> {
  const { rows } = await client.query<{ trigger: string }>(
    `select format('%I on %s', tgname, tgrelid::regclass) as trigger
     from pg_trigger where tgfoid = to_regprocedure($1) and not tgisinternal order by 1`,
    [name],
  );
  return rows.map((row) => row.trigger);
}

/**
 * Every function is the application's to call and nobody else's; but not a trigger's, which fires without EXECUTE: with it, the
 * application could hang the function under a table of its own making and feed a `security definer` one what it likes.
 */
async function grantExecute(client: Client, name: string): Promise<void> {
  await client.query(`revoke all on function ${name} from public, ${USER_ROLE}`);
  const { rows } = await client.query(
    'select from pg_proc where oid = $1::regprocedure and prorettype <> $2::regtype',
    [name, 'trigger'],
  );
  if (rows.length > 0) await client.query(`grant execute on function ${name} to ${USER_ROLE}`);
}

async function checkBody(client: Client, name: string): Promise<void> {
  const { rows } = await client.query<{ validator: string }>(
    `select l.lanvalidator::regproc::text as validator
     from pg_proc p join pg_language l on l.oid = p.prolang
     where p.oid = $1::regprocedure and l.lanvalidator <> 0`,
    [name],
  );
  for (const { validator } of rows) {
    await client.query(`select ${validator}($1::regprocedure)`, [name]).catch((cause: unknown) => {
      throw new Error(`Function ${name} is not valid: ${messageOf(cause)}`, { cause });
    });
  }
}

async function dropFunction(client: Client, name: string): Promise<void> {
  for (const trigger of await triggersOf(client, name)) await client.query(`drop trigger ${trigger}`);
  await client.query(`drop function if exists ${name}`);
  await client.query('delete from migration_functions where name = $1', [name]);
}

function messageOf(error: unknown): string {
  return error instanceof Object && 'message' in error ? String(error.message) : String(error);
}
