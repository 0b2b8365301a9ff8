import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { TradeEvent } from '../../src/domain/trade';
import { startableByTradeIds } from '../../src/postgres/queries/open-settlements';
import { PRIORITY_KEYS, settlementWorkflowId, TASK_QUEUE, WORKFLOW_TYPES } from '../../src/protocol/temporal/names';
import { ensureRunning } from '../../src/service/ensure-running';
import type { TestEngine } from './settlement-engine';

/** How a workflow failed: type and details as ops and the matching engine find them. */
export interface Failure {
  readonly type: string;
  readonly message: string;
  readonly details: readonly unknown[];
}

/** The failure that a workflow ends with; throws if it ends otherwise. */
export async function failureOf(handle: WorkflowHandle): Promise<Failure> {
  const error = await handle.result().then(
    (outcome) => new Error(`${handle.workflowId} completed: ${JSON.stringify(outcome)}`),
    (thrown: unknown) => thrown,
  );
  const { cause } = error as WorkflowFailedError;
  if (!(cause instanceof ApplicationFailure)) throw error;
  return { type: cause.type ?? '', message: cause.message, details: cause.details ?? [] };
}

const { EventType } = temporal.api.enums.v1;

/** The names of the history's events, without EVENT_TYPE_. */
export async function eventTypesOf(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => (EventType[event.eventType ?? 0] ?? '').replace('EVENT_TYPE_', ''));
}

/** The summaries of the history's markers: what each local activity was for. */
export async function markersOf(handle: WorkflowHandle): Promise<string[]> {
  return summariesOf(handle, EventType.EVENT_TYPE_MARKER_RECORDED);
}

/** The summaries of the activities that were scheduled on the server. */
export async function scheduledOf(handle: WorkflowHandle): Promise<string[]> {
  return summariesOf(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED);
}

async function summariesOf(handle: WorkflowHandle, type: temporal.api.enums.v1.EventType): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? [])
    .filter((event) => event.eventType === type)
    .map(({ userMetadata }) =>
      userMetadata?.summary ? defaultPayloadConverter.fromPayload<string>(userMetadata.summary) : '',
    );
}

/** What the UI shows on a workflow's page, by the query that it sends. */
export async function currentDetails(handle: WorkflowHandle): Promise<string> {
  const { currentDetails: text } = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return text ?? '';
}

/** What a workflow list can be filtered by, as its description has it: name -> value. */
export async function searchAttributesOfRun(handle: WorkflowHandle): Promise<Readonly<Record<string, unknown>>> {
  const { typedSearchAttributes } = await handle.describe();
  const attributes: Record<string, unknown> = {};
  for (const { key, value } of typedSearchAttributes.getAll()) attributes[key.name] = value;
  return attributes;
}

/** What the API does with a trade: accepts it, then starts its workflow with all that ops see. */
export async function submit(engine: TestEngine, event: TradeEvent): Promise<WorkflowHandle> {
  const { intake, pool, temporal: connected } = engine.engine;
  const answer = await intake.acceptOne(event, { as_of: new Date(), actor: 'api' });
  if ('refusal' in answer) throw new Error(answer.refusal.reason);
  for (const startable of await startableByTradeIds(pool, [event.trade_id]))
    await ensureRunning(connected.client, startable, PRIORITY_KEYS.live);
  return engine.handle(event.trade_id);
}

/** A plain start whose time jumps whenever nothing is in flight, as Temporal's server can since 1.32. */
export async function startSkippingTime(engine: TestEngine, event: TradeEvent): Promise<WorkflowHandle> {
  const { connection, namespace } = engine.engine.temporal;
  await connection.workflowService.startWorkflowExecution({
    namespace,
    requestId: event.event_id,
    workflowId: settlementWorkflowId(event.trade_id),
    workflowType: { name: WORKFLOW_TYPES.settleTrade },
    taskQueue: { name: TASK_QUEUE },
    input: { payloads: [defaultPayloadConverter.toPayload({ ...event })] },
    timeSkippingConfig: { enabled: true },
  });
  return engine.handle(event.trade_id);
}

/** Until a check passes; its own failure when the time is over. */
export async function eventually(check: () => Promise<void>, within_ms = 20_000): Promise<void> {
  const giveUpAt_ms = Date.now() + within_ms;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > giveUpAt_ms) throw error;
      await delay(100);
    }
  }
}
