import type { Settlement } from '../../src/domain/settlement';
import type { TestDatabase } from './database';

/** Makes rows look as if nobody had touched them for a minute. */
export function ageRows(database: TestDatabase, ...settlements: readonly Pick<Settlement, 'id'>[]): Promise<void> {
  return database.asSuperuser(async (client) => {
    await client.query('set session_replication_role = replica');
    await client.query(
      `update settlements set updated_at = coalesce(updated_at, created_at) - interval '1 minute' where id = any ($1)`,
      [settlements.map(({ id }) => id)],
    );
  });
}
