import { createPool as createSlonikPool, type DatabasePool, type Interceptor, SchemaValidationError } from 'slonik';
import { createTimedDriver } from './driver';
import { createGate } from './gate';

export interface PoolOptions {
  databaseUrl: string;
  applicationName: string;
  maximumPoolSize: number;
  /**
   * The server's own limit for a statement; below `queryTimeoutMs`, and both below the 5 s that an activity has.
   * null where PgBouncer stands between: it refuses the setting, so give it to the role (`alter role ... set statement_timeout`).
   */
  statementTimeoutMs?: number | null;
  /** This side's limit; passing it drops the connection and leaves the outcome unknown. */
  queryTimeoutMs?: number;
  connectTimeoutMs?: number;
  /** How long a call may wait for a free connection. */
  acquireTimeoutMs?: number;
  /** How long a connection may lie unused before it is closed. */
  idleTimeoutMs?: number;
}

/**
 * A slonik pool: numeric, int8, date and timestamptz come as strings, each row is checked by its query's schema, nothing is
 * retried (Temporal does that), and every wait has an end. It connects when first used; end it with `pool.end()`.
 */
export async function createPool(options: PoolOptions): Promise<DatabasePool> {
  const pool = await createSlonikPool(options.databaseUrl, {
    captureStackTrace: false,
    connectionRetryLimit: 0,
    driverFactory: createTimedDriver({
      databaseUrl: options.databaseUrl,
      applicationName: options.applicationName,
      connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
      statementTimeoutMs: options.statementTimeoutMs === undefined ? 4_000 : options.statementTimeoutMs,
      idleInTransactionTimeoutMs: 10_000,
      queryTimeoutMs: options.queryTimeoutMs ?? 4_500,
    }),
    gracefulTerminationTimeout: 5_000,
    idleTimeout: options.idleTimeoutMs ?? 60_000,
    interceptors: [checkRows],
    maximumPoolSize: options.maximumPoolSize,
    minimumPoolSize: 0,
    queryRetryLimit: 0,
    // Nothing that we send leaves session state behind, and DISCARD ALL would be a round trip a query.
    resetConnection: () => Promise.resolve(),
    transactionRetryLimit: 0,
  });
  // slonik repeats each query's error as an event, and an 'error' event that nobody hears is thrown in its place.
  pool.on('error', () => undefined);
  return gated(pool, options);
}

/** slonik hands the schema to interceptors and calls it nowhere itself. */
const checkRows: Interceptor = {
  name: 'check-rows',
  transformRow: ({ resultParser }, query, row) => {
    if (resultParser === undefined) return row;
    const checked = resultParser.safeParse(row);
    if (!checked.success) throw new SchemaValidationError(query, row, checked.error.issues);
    return checked.data as typeof row;
  },
};

const WORK = new Set<PropertyKey>([
  'any',
  'anyFirst',
  'connect',
  'exists',
  'many',
  'manyFirst',
  'maybeOne',
  'maybeOneFirst',
  'one',
  'oneFirst',
  'query',
  'transaction',
]);

function gated(pool: DatabasePool, options: PoolOptions): DatabasePool {
  const gate = createGate(options.maximumPoolSize, options.acquireTimeoutMs ?? 5_000);
  return new Proxy(pool, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      return WORK.has(property) ? (...args: unknown[]) => gate(() => call(...args) as Promise<unknown>) : call;
    },
  });
}
