import type { DatabasePool } from 'slonik';
import { createPool } from '../postgres/pool';

/** Does something with a pool of one connection whose statements may take as long as `timeout_ms`: verify reads whole tables. */
export async function withPatientPool<T>(
  databaseUrl: string,
  timeout_ms: number,
  work: (pool: DatabasePool) => Promise<T>,
): Promise<T> {
  const pool = await createPool({
    databaseUrl,
    applicationName: 'cantondex-verify',
    maximumPoolSize: 1,
    statementTimeoutMs: timeout_ms,
    queryTimeoutMs: timeout_ms,
  });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
