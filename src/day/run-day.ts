/**
 * A day's trades: accepted in the order of the file, one commit after the other; then settled through the one window, in
 * the order of acceptance; the day ends when each of them is settled, parked or closed. Everything here may be done again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Refusal } from '../domain/refusal';
import type { TradeEvent } from '../domain/trade';
import type { Logger } from '../log';
import { databaseTime, stillUnfinished, unfinishedAmong, type UnfinishedSettlement } from '../postgres/queries/day';
import type { StartableSettlement } from '../postgres/queries/open-settlements';
import { PRIORITY_KEYS } from '../protocol/temporal/names';
import { chunksOf } from '../service/account-book';
import type { Engine } from '../service/connect-engine';
import { throughOutages, unlessTooSlow } from '../service/outage';
import { runWindow } from '../service/settlement-window';
import type { TradeLine } from './read-day';

/** A line that was refused. */
export interface Rejection {
  readonly line: number;
  readonly trade_id: string | null;
  readonly refusal: Refusal;
}

/** What became of a file's lines at the door. Settlement ids are in the order of the lines. */
export interface Acceptance {
  readonly lines: number;
  /** Accepted or known before, one for each line. */
  readonly settlementIds: readonly string[];
  /** Those that this run brought in. */
  readonly fresh: ReadonlySet<string>;
  readonly duplicates: number;
  readonly rejections: readonly Rejection[];
  /** The database's time before the first accept. */
  readonly started_at: string;
}

export interface DayProgress {
  /** accepting: lines read so far; settling: settlements that have come to rest, of `total`. */
  readonly stage: 'accepting' | 'settling';
  readonly done: number;
  readonly total: number | null;
  /** What the last ones wait for, when nothing else is left to do. */
  readonly note?: string;
}

export interface DayOptions {
  readonly batch_size: number;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly onProgress?: (progress: DayProgress) => void;
}

/** Accepts the lines in their order, `batch_size` a commit. A commit whose answer is lost is sent again. */
export async function acceptLines(
  engine: Engine,
  lines: AsyncIterable<TradeLine>,
  options: DayOptions,
): Promise<Acceptance> {
  const started_at = await throughOutages('The start of the day', () => databaseTime(engine.pool), options);
  const settlementIds: string[] = [];
  const fresh = new Set<string>();
  const rejections: Rejection[] = [];
  let count = 0;
  let duplicates = 0;
  let chunk: { line: number; event: TradeEvent }[] = [];

  async function acceptChunk(): Promise<void> {
    const what = `Accepting ${chunk.length} trades in one commit`;
    const work = unlessTooSlow(what, (isAgain) => acceptEvents(isAgain));
    const { answers, again } = await throughOutages('Acceptance', work, options);
    for (const [index, answer] of answers.entries()) {
      if ('refusal' in answer) {
        rejections.push({ line: chunk[index]?.line ?? 0, trade_id: answer.trade_id, refusal: answer.refusal });
        continue;
      }
      const { id, created_at } = answer.settlement;
      // After a lost answer what this very chunk brought in comes back as known.
      const isOurs = answer.result === 'accepted' || (again && created_at >= started_at && !fresh.has(id));
      if (isOurs) fresh.add(id);
      else duplicates += 1;
      settlementIds.push(id);
    }
    chunk = [];
    options.onProgress?.({ stage: 'accepting', done: count, total: null });
  }

  async function acceptEvents(again: boolean) {
    const events = chunk.map(({ event }) => event);
    return { answers: await engine.intake.accept(events, { as_of: new Date(), actor: options.actor }), again };
  }

  for await (const { line, result } of lines) {
    count += 1;
    if (result.ok) chunk.push({ line, event: result.event });
    else rejections.push({ line, trade_id: result.trade_id, refusal: result.refusal });
    if (chunk.length >= options.batch_size) await acceptChunk();
  }
  if (chunk.length > 0) await acceptChunk();
  rejections.sort((a, b) => a.line - b.line);
  return { lines: count, settlementIds, fresh, duplicates, rejections, started_at };
}

const PAGE = 100;

/**
 * Starts what is not over yet, never more than the window holds, and returns when none of it moves; with a patience of 0
 * when the last is started.
 */
export async function settleAll(
  engine: Engine,
  settlementIds: readonly string[],
  options: DayOptions,
  patience_ms: number | null = null,
): Promise<void> {
  const ids = [...new Set(settlementIds)];
  await throughOutages(
    'Settling',
    () => {
      let skipped = 0;
      async function* open(): AsyncGenerator<StartableSettlement> {
        for (const page of chunksOf(ids, PAGE)) {
          const unfinished = await unfinishedAmong(engine.pool, page);
          skipped += page.length - unfinished.length;
          yield* unfinished;
        }
      }
      return runWindow(engine.temporal.client, engine.pool, open(), {
        priorityKey: PRIORITY_KEYS.live,
        patience_ms,
        signal: options.signal,
        onProgress: (started, moving) =>
          options.onProgress?.({ stage: 'settling', done: skipped + started - moving, total: ids.length }),
      });
    },
    options,
  );
}

const POLL_MS = 200;

/** Waits until each is settled, parked or closed. What waits for a date or a resume is named in the progress. */
export async function untilOver(engine: Engine, settlementIds: readonly string[], options: DayOptions): Promise<void> {
  const ids = [...new Set(settlementIds)];
  let open: readonly string[] = ids;
  for (;;) {
    const still: UnfinishedSettlement[] = [];
    for (const page of chunksOf(open, 1000)) {
      still.push(...(await throughOutages('The day', () => stillUnfinished(engine.pool, page), options)));
    }
    open = still.map(({ id }) => id);
    const note = restingNote(still);
    options.onProgress?.({
      stage: 'settling',
      done: ids.length - still.length,
      total: ids.length,
      ...(note === null ? {} : { note }),
    });
    if (still.length === 0) return;
    await delay(POLL_MS, undefined, { signal: options.signal });
  }
}

/** What all that is left waits for, if nobody but a person or the calendar can move it; else null. */
function restingNote(still: readonly UnfinishedSettlement[]): string | null {
  const today = new Date().toISOString().slice(0, 10);
  const paused = still.filter((s) => s.paused).length;
  const dated = still.filter((s) => !s.paused && s.settlement_date > today);
  if (still.length === 0 || paused + dated.length < still.length) return null;
  const next = dated.map((s) => s.settlement_date).sort()[0];
  return [
    ...(paused === 0 ? [] : [`${paused} paused, until settlements resume`]),
    ...(next === undefined ? [] : [`${dated.length} for a later settlement date, the next on ${next}`]),
  ].join('; ');
}
