import { Socket } from 'node:net';
import { Client, type ClientConfig, type QueryResult } from 'pg';
import { createDriverFactory, type DriverClientEventEmitter, type DriverFactory, type DriverQueryResult } from 'slonik';
import { PostgresDriverError } from './errors';
import { typeParsers } from './type-parsers';

/** How long a goodbye may take before the socket is cut; a stopped server never says its own. */
const GOODBYE_MS = 1_000;

export interface DriverOptions {
  databaseUrl: string;
  applicationName: string;
  connectTimeoutMs: number;
  /** null: not sent when connecting, because PgBouncer refuses it; then it has to come from `alter role`. */
  statementTimeoutMs: number | null;
  idleInTransactionTimeoutMs: number;
  queryTimeoutMs: number;
}

/**
 * slonik over pg, with three things that slonik's own driver does not do: numbers and times stay text without a query
 * to look up types; errors keep the server's SQLSTATE; and a query that gets no answer in time fails on this side
 * and takes its connection along, since a server that is stopped (or a dead network) times out nothing.
 */
export function createTimedDriver(options: DriverOptions): DriverFactory {
  return createDriverFactory(() =>
    Promise.resolve({
      createPoolClient: ({ clientEventEmitter }) => Promise.resolve(poolClient(options, clientEventEmitter)),
    }),
  );
}

function clientConfig(options: DriverOptions, socket: Socket): ClientConfig {
  return {
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    stream: () => socket,
    types: typeParsers,
    ...(options.statementTimeoutMs === null
      ? {}
      : {
          statement_timeout: options.statementTimeoutMs,
          idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
        }),
  };
}

function poolClient(options: DriverOptions, events: DriverClientEventEmitter) {
  const socket = new Socket();
  const client = new Client(clientConfig(options, socket));
  const state: { broken: PostgresDriverError | null; running: boolean; ended: boolean } = {
    broken: null,
    running: false,
    ended: false,
  };
  const loss = () => state.broken;

  // Never an event while a query runs: slonik's destroy would wait for that query, fail with it, and keep the slot for ever.
  // The query fails with `broken` instead, and so does the ROLLBACK that slonik sends after it, so that no other error hides it.
  const breakWith = (error: PostgresDriverError): void => {
    if (state.broken !== null) return;
    state.broken = error;
    socket.destroy();
    if (!state.running) announce(error);
  };
  // slonik stops listening when a connection has ended, and an 'error' event that nobody hears is thrown.
  const announce = (error: PostgresDriverError): void => {
    if (!state.ended) events.emit('error', error);
  };
  client.on('error', (cause) => {
    breakWith(new PostgresDriverError('POSTGRES_CONNECTION_LOST', 'The connection to PostgreSQL was lost', { cause }));
  });
  client.on('notice', ({ message }) => {
    if (message !== undefined) events.emit('notice', { message });
  });

  return {
    connect: async () => {
      try {
        await client.connect();
      } catch (cause) {
        throw new PostgresDriverError('POSTGRES_CONNECT_FAILED', 'PostgreSQL cannot be reached', { cause });
      }
    },
    end: async () => {
      state.ended = true;
      const cut = setTimeout(() => socket.destroy(), GOODBYE_MS);
      await client.end().finally(() => clearTimeout(cut));
    },
    query: async (text: string, values?: unknown[]): Promise<DriverQueryResult> => {
      const before = loss();
      if (before !== null) throw before;
      state.running = true;
      const late = setTimeout(() => breakWith(noAnswer(options.queryTimeoutMs)), options.queryTimeoutMs);
      try {
        return toDriverResult(await client.query(extended(text, values)));
      } catch (error) {
        const lost = loss();
        if (lost === null) throw error;
        // A handler that swallows the error must not bring the dead connection back into the pool.
        setImmediate(announce, lost);
        throw lost;
      } finally {
        state.running = false;
        clearTimeout(late);
      }
    },
    stream: () => {
      throw new Error('Streams are not supported: read in pages, each with its own time limit.');
    },
  };
}

function noAnswer(timeoutMs: number): PostgresDriverError {
  return new PostgresDriverError('POSTGRES_QUERY_TIMEOUT', `PostgreSQL did not answer within ${timeoutMs} ms`);
}

/** The extended protocol takes one statement only, also without values: what follows a `;` is refused, not run. */
function extended(text: string, values: unknown[] = []) {
  return { text, values, queryMode: 'extended' };
}

function toDriverResult(result: QueryResult): DriverQueryResult {
  return {
    command: result.command as DriverQueryResult['command'],
    fields: result.fields.map((field) => ({ dataTypeId: field.dataTypeID, name: field.name })),
    rowCount: result.rowCount,
    rows: result.rows as Record<string, unknown>[],
  };
}
