import { openDataFolder } from './data-folder';
import type { Say } from './ports';
import { watchProcesses } from './processes';
import { type PostgresServer, startPostgres } from './postgres';
import { removeStackFile, writeStackFile } from './stack-file';
import { type TemporalServer, startTemporal } from './temporal-server';

/** How to start the servers. */
export interface StackOptions {
  /** What --data says; the default folder of the clone when absent. */
  readonly dataFolder?: string | undefined;
  readonly say: Say;
  /** False for a throw-away stack only: PostgreSQL does not wait for the disk. */
  readonly durable?: boolean;
  /** Gives a start up: what was started is stopped again. */
  readonly signal?: AbortSignal | undefined;
}

/** PostgreSQL and Temporal, up and answering, on one locked data folder. */
export interface Stack {
  /** As the application's role. */
  readonly databaseUrl: string;
  readonly superuserUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly temporalUi: string;
  readonly dataFolder: string;
  /** Aborted, with the reason, when a server ends that nobody has stopped; stack.json is gone then. */
  readonly lost: AbortSignal;
  /** Writes stack.json, from which other programs learn where everything is. */
  publish(apiUrl: string | null): void;
  /** Removes stack.json, stops Temporal, then PostgreSQL, gives the folder back. The same promise when called again. */
  stop(): Promise<void>;
}

/** Starts both servers side by side, or takes over those that outlived their starter; throws when one does not start. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = openDataFolder(options.dataFolder);
  const { say, durable = true, signal } = options;
  removeStackFile(folder.path); // of a start that was killed
  const [postgres, temporal] = await Promise.allSettled([
    startPostgres({ folder, say, durable, signal }),
    startTemporal({ dataFolder: folder.path, say, signal }),
  ]);
  if (postgres.status === 'fulfilled' && temporal.status === 'fulfilled' && signal?.aborted !== true) {
    return stackOf(folder, postgres.value, temporal.value, say);
  }
  if (temporal.status === 'fulfilled') await temporal.value.stop();
  if (postgres.status === 'fulfilled') await postgres.value.stop();
  folder.release();
  if (postgres.status === 'rejected') throw postgres.reason;
  if (temporal.status === 'rejected') throw temporal.reason;
  throw signal?.reason;
}

function stackOf(
  folder: { readonly path: string; release(): void },
  postgres: PostgresServer,
  temporal: TemporalServer,
  say: Say,
): Stack {
  let stopping: Promise<void> | undefined;
  const lost = new AbortController();
  const unwatch = watchServers({ PostgreSQL: postgres, Temporal: temporal }, (error) => {
    removeStackFile(folder.path);
    say(`${error.message.replace(/;.*/s, '')}: stopping the rest.`);
    lost.abort(error);
  });
  const stop = async () => {
    unwatch();
    removeStackFile(folder.path);
    try {
      await temporal.stop();
    } finally {
      await postgres.stop();
    }
    folder.release();
  };
  return {
    databaseUrl: postgres.databaseUrl,
    superuserUrl: postgres.superuserUrl,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
    temporalUi: temporal.ui,
    dataFolder: folder.path,
    lost: lost.signal,
    publish: (apiUrl) => {
      lost.signal.throwIfAborted();
      writeStackFile(folder.path, {
        database_url: postgres.databaseUrl,
        temporal_address: temporal.address,
        temporal_namespace: temporal.namespace,
        temporal_ui: temporal.ui,
        api_url: apiUrl,
      });
    },
    stop: () => (stopping ??= stop()),
  };
}

/** A server that has ended by itself, or was killed by somebody else. */
export class ServerLostError extends Error {
  override readonly name = 'ServerLostError';

  constructor(server: string, pid: number | undefined, logFile: string) {
    super(
      `${server}${pid === undefined ? '' : ` (process ${pid})`} has ended; nobody here has stopped it. ` +
        `${logFile} may say why. Start again: what was committed is there, and what is open goes on.`,
    );
  }
}

type Watched = Readonly<Record<string, { readonly pid: number | undefined; readonly logFile: string }>>;

/** Tells of the first server that ends. Gives a stop. */
function watchServers(servers: Watched, onLost: (error: ServerLostError) => void): () => void {
  const pids = Object.values(servers).map(({ pid }) => pid ?? 0); // 0 is never running: it has ended already
  return watchProcesses(pids, (pid) => {
    const [name, server] = Object.entries(servers).find(([, one]) => (one.pid ?? 0) === pid) ?? ['A server', undefined];
    onLost(new ServerLostError(name, server?.pid, server?.logFile ?? 'Its log'));
  });
}
