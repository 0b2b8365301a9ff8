import { Client } from 'pg';
import { POSTGRES } from './stack-constants';

/** Makes the owner, the application's login and the database, whichever is missing; sets the login's password. */
export async function ensureRoles(superuserUrl: string, userPassword: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { ownerRole: owner, userRole: user, database } = POSTGRES;
    const roles = await client.query<{ rolname: string }>('select rolname from pg_roles where rolname = any($1)', [
      [owner, user],
    ]);
    const known = new Set(roles.rows.map((row) => row.rolname));
    if (!known.has(owner)) await client.query(`create role ${owner} nologin`);
    if (!known.has(user)) await client.query(`create role ${user} login noinherit in role ${owner}`);
    await client.query(`alter role ${user} password ${client.escapeLiteral(userPassword)}`);
    const found = await client.query('select from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${database} owner ${owner}`);
  } finally {
    await client.end();
  }
}
