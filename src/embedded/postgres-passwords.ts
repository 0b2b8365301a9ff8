import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POSTGRES } from './stack-constants';

/** The cluster's passwords; kept in the data folder, so that a server found running can be used again. */
export interface PostgresPasswords {
  readonly superuser: string;
  readonly user: string;
}

/** The passwords kept in the folder, made at the first call. */
export function postgresPasswords(folder: string): PostgresPasswords {
  const file = join(folder, 'postgres-passwords.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as PostgresPasswords;
  const made = { superuser: randomBytes(18).toString('base64url'), user: randomBytes(18).toString('base64url') };
  const beside = `${file}.${process.pid}`;
  writeFileSync(beside, JSON.stringify(made), { mode: 0o600 });
  renameSync(beside, file);
  return made;
}

/** The connection string of one role. */
export function postgresUrl(role: string, password: string, port: number, database: string): string {
  return `postgres://${role}:${encodeURIComponent(password)}@${POSTGRES.host}:${port}/${database}`;
}
