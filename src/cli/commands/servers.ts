import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { DatabasePool } from 'slonik';
import { readConfig, type Config } from '../../config';
import { dataFolderPath } from '../../embedded/data-folder';
import { readStackFile, type StackFile } from '../../embedded/stack-file';
import { createLog, type Logger } from '../../log';
import { connectEngine, openPool, type Engine } from '../../service/connect-engine';
import { userName } from '../../user-name';
import { CliError } from '../cli-error';
import { say } from '../output';

/** Which servers a command talks to. */
export interface Servers {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly temporal: ClientConnectConfig;
  /** Null where only the embedded servers' UI would be known. */
  readonly temporalUi: string | null;
}

/** The option that every command knows. */
export interface GlobalOptions {
  readonly data?: string;
}

const LOCAL_TEMPORAL: ClientConnectConfig = { connectionOptions: { address: 'localhost:7233' } };

/** DATABASE_URL and Temporal's variables; without DATABASE_URL the servers that `npm start` keeps in the data folder. */
export function findServers({ data }: GlobalOptions): Servers {
  const config = readConfig(process.env);
  if (config.databaseUrl !== null) {
    if (data !== undefined) say('DATABASE_URL is set, so --data is not used.');
    const temporal = config.temporal ?? LOCAL_TEMPORAL;
    return { config, databaseUrl: config.databaseUrl, temporal, temporalUi: null };
  }
  const stack = stackIn(data);
  const ofStack = {
    namespace: stack.temporal_namespace,
    connectionOptions: { address: stack.temporal_address },
  };
  return {
    config,
    databaseUrl: stack.database_url,
    temporal: config.temporal ?? ofStack,
    temporalUi: config.temporal === null ? stack.temporal_ui : null,
  };
}

function stackIn(data: string | undefined): StackFile {
  const folder = dataFolderPath(data);
  const stack = readStackFile(folder);
  if (stack !== undefined) return stack;
  const flag = data === undefined ? '' : ` -- --data ${data}`;
  throw new CliError(
    `No servers run in ${folder}: start them with "npm start${flag}" in another terminal, or set DATABASE_URL (and TEMPORAL_ADDRESS).`,
  );
}

/** A log for commands: warnings, unless LOG_LEVEL asks for more. */
export function commandLog(config: Config): Logger {
  return createLog(process.env['LOG_LEVEL'] === undefined ? 'warn' : config.logLevel);
}

/** Does something with PostgreSQL alone. */
export async function withPool<T>(servers: Servers, work: (pool: DatabasePool) => Promise<T>): Promise<T> {
  const { databaseUrl } = servers;
  const pool = await openPool({ databaseUrl, applicationName: 'cantondex-cli', poolSize: 2 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** Does something with PostgreSQL and Temporal; waits for the wakes that it causes. */
export async function withEngine<T>(servers: Servers, work: (engine: Engine) => Promise<T>): Promise<T> {
  const { config, databaseUrl, temporal } = servers;
  const engine = await connectEngine({
    databaseUrl,
    temporal,
    settlement: config.settlement,
    log: commandLog(config),
    poolSize: 4,
    applicationName: 'cantondex-cli',
  });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** Who a command's doing is recorded under. */
export function actor(): string {
  return `cli:${userName()}`;
}
