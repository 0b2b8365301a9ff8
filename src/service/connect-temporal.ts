import { Client, Connection } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';

/** A client of the Temporal server, and how to close it. */
export interface TemporalClient {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  close(): Promise<void>;
}

/** Connects, or throws with the address within 10 s. */
export async function connectTemporal(config: ClientConnectConfig): Promise<TemporalClient> {
  const temporal = reachTemporal(config);
  try {
    await temporal.connection.ensureConnected();
    return temporal;
  } catch (error) {
    await temporal.close();
    throw new Error(
      `Temporal does not answer at ${addressOf(config)}: start it (npm start), or set TEMPORAL_ADDRESS.`,
      {
        cause: error,
      },
    );
  }
}

/** A client that connects when it is first used: for doors whose commands work on the rows also while Temporal is down. */
export function reachTemporal(config: ClientConnectConfig): TemporalClient {
  const namespace = config.namespace ?? 'default';
  const { tls, apiKey, metadata } = config.connectionOptions;
  const connection = Connection.lazy({
    address: addressOf(config),
    connectTimeout: '10s',
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  return { client: new Client({ connection, namespace }), connection, namespace, close: () => connection.close() };
}

function addressOf(config: ClientConnectConfig): string {
  return config.connectionOptions.address ?? 'localhost:7233';
}
