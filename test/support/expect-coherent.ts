import type { DatabasePool } from 'slonik';
import { runVerify } from '../../src/verify/run-verify';

/** How every integration test ends: verify itself finds nothing wrong in the database. */
export async function expectCoherent(pool: DatabasePool): Promise<void> {
  const { checks } = await runVerify(pool);
  const red = checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.detail}`);
  if (red.length > 0) throw new Error(`The database is not coherent.\n  ${red.join('\n  ')}`);
}
