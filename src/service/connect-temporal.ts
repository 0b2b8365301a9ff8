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
  const namespace = config.namespace ?? 'default';
  const { address = 'localhost:7233', tls, apiKey, metadata } = config.connectionOptions;
  try {
    const connection = await Connection.connect({
      address,
      connectTimeout: '10s',
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    const client = new Client({ connection, namespace });
    return { client, connection, namespace, close: () => connection.close() };
  } catch (error) {
    throw new Error(`Temporal does not answer at ${address}: start it (npm start), or set TEMPORAL_ADDRESS.`, {
      cause: error,
    });
  }
}
