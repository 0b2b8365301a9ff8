/** The names, versions and ports of the servers: the embedded ones, and those of temporal-dev.yml. */
export const POSTGRES = {
  major: 15,
  host: '127.0.0.1',
  port: 5432,
  database: 'cantondex',
  superuser: 'postgres',
  /** Owns the database and everything in it; nobody logs in as it. */
  ownerRole: 'cantondex_owner',
  /** The application's login: a member of the owner that has to say so (SET ROLE). */
  userRole: 'cantondex_user',
} as const;

export const TEMPORAL = {
  host: '127.0.0.1',
  port: 7233,
  uiPort: 8233,
  namespace: 'default',
  cliVersion: '1.9.1',
  serverVersion: '1.32.0',
  uiVersion: '2.54.1',
} as const;
