import { setTimeout as delay } from 'node:timers/promises';
import { temporal } from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../protocol/temporal/search-attributes';
import { migrateUp } from '../postgres/migrate';
import type { TemporalClient } from './connect-temporal';

export type Say = (line: string) => void;

/** Workflows that have ended can be looked at for so long. */
const RETENTION_DAYS = 30;
const VISIBLE_WITHIN_MS = 30_000;

/**
 * Makes both servers ready: migrations, search attributes, retention. Idempotent; says what it did. A worker must not run
 * before: a search attribute that is not registered fails a workflow task for ever.
 */
export async function setUp(databaseUrl: string, client: TemporalClient, say: Say): Promise<void> {
  await migrateUp(databaseUrl, say);
  await setUpTemporal(client, say);
}

/** Temporal's half, also for a server that lost everything while its workers ran. */
export async function setUpTemporal(client: TemporalClient, say: Say): Promise<void> {
  await registerSearchAttributes(client, say);
  await extendRetention(client, say);
}

type TypeName = keyof typeof temporal.api.enums.v1.IndexedValueType;
const { IndexedValueType } = temporal.api.enums.v1;

async function registerSearchAttributes({ connection, namespace }: TemporalClient, say: Say): Promise<void> {
  const missing = await missingAttributes({ connection, namespace });
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(
      missing.map(({ name, type }) => [name, IndexedValueType[`INDEXED_VALUE_TYPE_${type}` as TypeName]]),
    ),
  });
  const giveUpAt_ms = Date.now() + VISIBLE_WITHIN_MS;
  while ((await missingAttributes({ connection, namespace })).length > 0) {
    if (Date.now() > giveUpAt_ms)
      throw new Error('The search attributes do not become visible in Temporal: try setup again.');
    await delay(100);
  }
  say(`Temporal: registered the search attributes ${missing.map(({ name }) => name).join(', ')}.`);
}

async function missingAttributes({ connection, namespace }: Pick<TemporalClient, 'connection' | 'namespace'>) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => !Object.hasOwn(customAttributes, name));
}

async function extendRetention({ connection, namespace }: TemporalClient, say: Say): Promise<void> {
  const seconds = RETENTION_DAYS * 86_400;
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return;
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
  });
  say(`Temporal: closed workflows are kept for ${RETENTION_DAYS} days.`);
}
