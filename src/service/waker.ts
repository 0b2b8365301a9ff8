import type { Client } from '@temporalio/client';
import type { DatabasePool } from 'slonik';
import type { Logger } from '../log';
import { startableByTradeIds } from '../postgres/queries/open-settlements';
import { PRIORITY_KEYS } from '../protocol/temporal/names';
import { ensureRunning, wakeIfRunning } from './ensure-running';

export interface Waker {
  /** Wakes these settlements' workflows soon; never throws. A wake that is lost is made good by the 30 s timer of the waiter. */
  wake(tradeIds: readonly string[]): void;
  /** Resolves when all wakes so far are sent. */
  idle(): Promise<void>;
}

const WAKE_WITHIN_MS = 5_000;

/** Sends wakes one after the other, each waiting trade at most once at a time: a wake costs about 28 ms of CPU. */
export function createWaker(client: Client, pool: DatabasePool, log: Logger): Waker {
  const waiting = new Set<string>();
  let running: Promise<void> | null = null;

  async function sendAll(): Promise<void> {
    for (const tradeId of waiting) {
      waiting.delete(tradeId);
      try {
        await client.withDeadline(Date.now() + WAKE_WITHIN_MS, () => wakeOne(tradeId));
      } catch (error) {
        log.warn({ tradeId, err: error }, 'a wake was lost; the fallback timer of the waiter makes it good');
      }
    }
    running = null;
  }

  async function wakeOne(tradeId: string): Promise<void> {
    if (await wakeIfRunning(client, tradeId)) return;
    for (const startable of await startableByTradeIds(pool, [tradeId])) {
      await ensureRunning(client, startable, PRIORITY_KEYS.live);
    }
  }

  return {
    wake(tradeIds) {
      for (const tradeId of tradeIds) waiting.add(tradeId);
      if (waiting.size > 0) running ??= sendAll();
    },
    idle: () => running ?? Promise.resolve(),
  };
}
