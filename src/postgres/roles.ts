import type { Client } from 'pg';

/** Owns every object of the database; nobody logs in as it. */
export const OWNER_ROLE = 'cantondex_owner';
/** The application's login: a member of the owner that has to say `set role`, and has otherwise only what migrations grant. */
export const USER_ROLE = 'cantondex_user';

interface Standing {
  login: string;
  database: string;
  is_superuser: boolean;
  may_create_roles: boolean;
  has_owner: boolean;
  has_user: boolean;
}

/**
 * Makes the two roles where they are missing and the login may make them, then acts as the owner for the rest of the session.
 * Where it may not, the error is the SQL that a database administrator has to run.
 */
export async function actAsOwner(client: Client): Promise<void> {
  const standing = await readStanding(client);
  if (!standing.has_owner || !standing.has_user) await createRoles(client, standing);
  if (standing.is_superuser) await grantAsSuperuser(client, standing);
  const { rows } = await client.query<{ is_member: boolean; may_create: boolean }>(
    `select pg_has_role(current_user, $1, 'member') as is_member, has_schema_privilege($1, 'public', 'create') as may_create`,
    [OWNER_ROLE],
  );
  const [allowed] = rows;
  if (!allowed?.is_member)
    throw askAdministrator(standing, `The login ${standing.login} is not a member of ${OWNER_ROLE}`);
  if (!allowed.may_create) throw askAdministrator(standing, `${OWNER_ROLE} may not create tables in schema public`);
  await client.query(`set role ${OWNER_ROLE}`);
}

async function readStanding(client: Client): Promise<Standing> {
  const { rows } = await client.query<Standing>(
    `select
       current_user as login,
       current_database() as database,
       r.rolsuper as is_superuser,
       r.rolsuper or r.rolcreaterole as may_create_roles,
       exists (select from pg_roles where rolname = $1) as has_owner,
       exists (select from pg_roles where rolname = $2) as has_user
     from pg_roles r
     where r.rolname = current_user`,
    [OWNER_ROLE, USER_ROLE],
  );
  const [standing] = rows;
  if (standing === undefined) throw new Error('PostgreSQL does not know the role that is logged in.');
  return standing;
}

async function createRoles(client: Client, standing: Standing): Promise<void> {
  if (!standing.may_create_roles) {
    const missing = [...(standing.has_owner ? [] : [OWNER_ROLE]), ...(standing.has_user ? [] : [USER_ROLE])];
    throw askAdministrator(standing, `Missing in PostgreSQL: ${missing.join(' and ')}`);
  }
  // Roles belong to the whole server: the migration of another database may be making them at this moment.
  await client.query(`
    do $$
    begin
      begin
        create role ${OWNER_ROLE} nologin;
      exception when duplicate_object or unique_violation then null;
      end;
      begin
        create role ${USER_ROLE} login noinherit in role ${OWNER_ROLE};
      exception when duplicate_object or unique_violation then null;
      end;
    end
    $$`);
}

async function grantAsSuperuser(client: Client, standing: Standing): Promise<void> {
  const database = client.escapeIdentifier(standing.database);
  await client.query(`grant create, temporary on database ${database} to ${OWNER_ROLE}`);
  await client.query(`grant usage, create on schema public to ${OWNER_ROLE}`);
  await client.query('revoke create on schema public from public');
  const { rows } = await client.query<{ is_preloaded: boolean }>(
    `select current_setting('timescaledb.max_background_workers', true) is not null as is_preloaded`,
  );
  if (rows[0]?.is_preloaded) await client.query('create extension if not exists timescaledb');
}

function askAdministrator(standing: Standing, problem: string): Error {
  const database = `"${standing.database.replaceAll('"', '""')}"`;
  return new Error(
    [
      `${problem}. A database administrator runs, in the database ${standing.database}:`,
      ...(standing.has_owner ? [] : [`  create role ${OWNER_ROLE} nologin;`]),
      ...(standing.has_user ? [] : [`  create role ${USER_ROLE} login noinherit password '...';`]),
      `  grant ${OWNER_ROLE} to ${[...new Set([USER_ROLE, standing.login])].join(', ')};`,
      `  alter database ${database} owner to ${OWNER_ROLE};`,
    ].join('\n'),
  );
}
