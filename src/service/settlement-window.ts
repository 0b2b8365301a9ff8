import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { DatabasePool } from 'slonik';
import { movingSettlements, type StartableSettlement } from '../postgres/queries/open-settlements';
import { ensureRunning } from './ensure-running';

/**
 * How many settlements are in flight at most: 20 gave the same rate as 100, and 400 stalled the Temporal server at 30 a
 * second with a core idle. The day, `trades submit` and the sweeper all fill this one kind of window.
 */
export const WINDOW_SIZE = 50;

const POLL_MS = 100;
const STARTS_AT_ONCE = 8;

export interface WindowOptions {
  readonly priorityKey: number;
  /** Give up waiting for those in flight after so long; they go on by themselves. Null waits on. */
  readonly patience_ms: number | null;
  /** Told how many have been started and how many of them still move. */
  readonly onProgress?: (started: number, moving: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Starts settlements in the order given, never more than the window's size in flight, and returns when none of them moves:
 * each is settled, failed (to be tried again, parked or closed), paused, or waits for a later date.
 */
export async function runWindow(
  client: Client,
  pool: DatabasePool,
  settlements: Iterable<StartableSettlement> | AsyncIterable<StartableSettlement>,
  options: WindowOptions,
): Promise<void> {
  const moving = new Set<string>();
  let started = 0;
  let starting: Promise<void>[] = [];

  for await (const startable of settlements) {
    const start = ensureRunning(client, startable, options.priorityKey);
    start.catch(() => undefined); // heard at the next Promise.all; until then it must not end the process
    starting.push(start);
    moving.add(startable.settlement.id);
    started += 1;
    if (starting.length >= STARTS_AT_ONCE || moving.size >= WINDOW_SIZE) {
      await Promise.all(starting);
      starting = [];
    }
    await untilBelow(WINDOW_SIZE, null);
  }
  await Promise.all(starting);
  await untilBelow(1, options.patience_ms);

  async function untilBelow(size: number, patience_ms: number | null): Promise<void> {
    const giveUpAt_ms = patience_ms === null ? Infinity : Date.now() + patience_ms;
    while (moving.size >= size && Date.now() < giveUpAt_ms) {
      await delay(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
      const still = new Set(await movingSettlements(pool, [...moving], new Date()));
      for (const id of moving) if (!still.has(id)) moving.delete(id);
      options.onProgress?.(started, moving.size);
    }
  }
}
