import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { settlementWorkflowId, TASK_QUEUE } from '../src/protocol/temporal/names';
import { tradeOf } from './market';

export interface Timing {
  readonly trades_per_second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly history_events: number;
}

export type WorkflowType = 'settleTrade' | 'settleNaively';

/** Settles `count` trades with `inFlight` at a time; each is started as the matching engine does, and its end awaited. */
export async function saturate(
  client: Client,
  type: WorkflowType,
  run: string,
  count: number,
  inFlight: number,
): Promise<Timing> {
  const latencies: number[] = [];
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < count) latencies.push(await settleOne(client, type, run, next++));
    }),
  );
  return timing(client, run, latencies, began);
}

/** Starts trades at a steady rate, whatever becomes of the earlier ones, as a matching engine does. */
export async function pace(
  client: Client,
  type: WorkflowType,
  run: string,
  count: number,
  perSecond: number,
): Promise<Timing> {
  const began = performance.now();
  const running: Promise<number>[] = [];
  for (let index = 0; index < count; index += 1) {
    running.push(settleOne(client, type, run, index));
    await delay(Math.max(0, began + ((index + 1) * 1000) / perSecond - performance.now()));
  }
  return timing(client, run, await Promise.all(running), began);
}

async function settleOne(client: Client, type: WorkflowType, run: string, index: number): Promise<number> {
  const event = tradeOf(run, index);
  const began = performance.now();
  const handle = await client.workflow.start(type, {
    workflowId: settlementWorkflowId(event.trade_id),
    taskQueue: TASK_QUEUE,
    args: [event],
  });
  await handle.result();
  return performance.now() - began;
}

async function timing(client: Client, run: string, latencies: number[], began: number): Promise<Timing> {
  const seconds = (performance.now() - began) / 1000;
  const sorted = latencies.toSorted((a, b) => a - b);
  const percentile = (p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN;
  const { historyLength } = await client.workflow.getHandle(settlementWorkflowId(tradeOf(run, 0).trade_id)).describe();
  return {
    trades_per_second: latencies.length / seconds,
    p50_ms: percentile(0.5),
    p99_ms: percentile(0.99),
    history_events: historyLength,
  };
}
