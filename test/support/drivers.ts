import { nextStep, type Settlement } from '../../src/domain/settlement';
import type { LedgerWorld } from './ledger-world';

export interface Driving {
  /** Trade id -> the row at rest: closed, or failed and waiting for a command or its next attempt. */
  readonly atRest: ReadonlyMap<string, Settlement>;
  /** How often a settlement was driven because somebody's answer named it. */
  readonly wakes: number;
  /** How often one had to be looked at without having been woken: nothing else was left to do. */
  readonly polls: number;
}

/**
 * What the workflows do, without Temporal: `concurrency` drivers take settlements in the order given and drive each until it
 * rests or waits; a waiting one is driven again when an answer names it in `wakes`. When nobody has anything to do and some
 * still wait, all of them are polled once, and counted: those are the ones that the fallback timer would have to save.
 */
export async function driveAll(world: LedgerWorld, rows: readonly Settlement[], concurrency: number): Promise<Driving> {
  const latest = new Map(rows.map((row) => [row.trade_id, row]));
  const queue = rows.map((row) => row.trade_id);
  const running = new Set<string>();
  const wokenWhileRunning = new Set<string>();
  const atRest = new Map<string, Settlement>();
  let wakes = 0;
  let polls = 0;

  const wake = (tradeId: string) => {
    wakes += 1;
    if (atRest.has(tradeId)) return;
    if (running.has(tradeId)) wokenWhileRunning.add(tradeId);
    else if (!queue.includes(tradeId)) queue.push(tradeId);
  };
  const driveOne = async (tradeId: string) => {
    const row = latest.get(tradeId);
    if (row === undefined) throw new Error(`woken: ${tradeId}, which nobody has started`);
    running.add(tradeId);
    const driven = await driveTelling(world, row, wake);
    running.delete(tradeId);
    latest.set(tradeId, driven.row);
    if (!driven.isWaiting) atRest.set(tradeId, driven.row);
    else if (wokenWhileRunning.delete(tradeId)) queue.push(tradeId);
  };
  const work = async () => {
    for (let tradeId = queue.shift(); tradeId !== undefined; tradeId = queue.shift()) await driveOne(tradeId);
  };

  while (atRest.size < latest.size) {
    const before = atRest.size;
    // A driver that finds the queue empty stops; those who still work push and go on with what they wake.
    while (queue.length > 0) await Promise.all(Array.from({ length: concurrency }, work));
    const waiting = [...latest.keys()].filter((tradeId) => !atRest.has(tradeId));
    polls += waiting.length;
    queue.push(...waiting);
    if (waiting.length > 0 && polls > 20 * latest.size && atRest.size === before)
      throw new Error('nobody gets on any more');
  }
  return { atRest, wakes, polls };
}

/** Drives until it rests or waits; wakes others after each commit, as the workflows do. */
async function driveTelling(world: LedgerWorld, start: Settlement, wake: (tradeId: string) => void) {
  let row = start;
  for (;;) {
    const next = nextStep(row, world.now.getTime());
    if (next.do === 'end' || next.do === 'wait') return { row, isWaiting: false };
    let answer = await world.step(row);
    if (answer.outcome === 'rejected') answer = await world.abort(answer, row);
    answer.wakes.forEach(wake);
    row = answer.settlement ?? row;
    if (answer.outcome === 'waiting') return { row, isWaiting: true };
  }
}
