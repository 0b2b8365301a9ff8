import type { CommonQueryMethods, DatabasePool } from 'slonik';
import type { Client } from '@temporalio/client';
import { z } from 'zod/v4';
import type { Logger } from '../log';
import {
  claimDueSettlements,
  longWaiting,
  openSettlementsAfter,
  type StartableSettlement,
} from '../postgres/queries/open-settlements';
import { sql } from '../postgres/sql';
import { PRIORITY_KEYS } from '../protocol/temporal/names';
import { createBrokenRuns, type BrokenRuns } from './broken-runs';
import { ensureRunning } from './ensure-running';
import { runWindow, WINDOW_SIZE } from './settlement-window';

export interface SweeperOptions {
  readonly interval_ms: number;
  /** A row that somebody touched since is being driven. */
  readonly untouched_ms: number;
  /** How often dated, paused and parked settlements get a workflow, should theirs be lost. */
  readonly census_ms: number;
  /** After so long a wait in line is reported. */
  readonly waiting_report_ms: number;
}

export const SWEEPER_DEFAULTS = { interval_ms: 10_000, untouched_ms: 30_000, census_ms: 3_600_000 } as const;

export interface SweeperParts {
  readonly client: Client;
  readonly pool: DatabasePool;
  /** Makes a Temporal server ready that lost everything while the worker ran. */
  readonly setUpTemporal: () => Promise<void>;
  readonly log: Logger;
}

export interface Sweeper {
  stop(): Promise<void>;
}

/** Any number: it names the lock under which one worker sweeps at a time. */
const SWEEP_LOCK = 7_235_001;

/**
 * Brings back what Temporal lost: rows are the truth, so a row whose next step is due and that nobody drives gets its
 * workflow started or woken. It runs in each worker's process and not in Temporal, because what lives there is lost with it.
 */
export function startSweeper({ client, pool, setUpTemporal, log }: SweeperParts, options: SweeperOptions): Sweeper {
  const stopping = new AbortController();
  const brokenRuns = createBrokenRuns(client);
  let nextCensusAt_ms = 0;
  let namespaceId: string | null = null;
  let reported: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | null = null;
  let sweeping = sweep();

  async function sweep(): Promise<void> {
    try {
      const before = namespaceId;
      namespaceId = await idOfNamespace(client);
      if (before !== null && before !== namespaceId) {
        log.warn({ namespace: client.options.namespace }, 'Temporal lost everything: its namespace is a new one');
        await setUpTemporal();
        nextCensusAt_ms = 0;
      }
      await sweepDue(client, pool, brokenRuns, options, stopping.signal, log);
      if (Date.now() >= nextCensusAt_ms) {
        await takeCensus(client, pool, stopping.signal, log);
        nextCensusAt_ms = Date.now() + options.census_ms;
      }
      reported = await reportLongWaits(pool, options, reported, log);
    } catch (error) {
      if (!stopping.signal.aborted) log.warn({ err: error }, 'a sweep failed; the next one tries again');
    }
    if (!stopping.signal.aborted) timer = setTimeout(sweepAgain, options.interval_ms);
  }

  function sweepAgain(): void {
    sweeping = sweep();
  }

  return {
    async stop() {
      stopping.abort();
      if (timer !== null) clearTimeout(timer);
      await sweeping;
    },
  };
}

async function sweepDue(
  client: Client,
  pool: DatabasePool,
  brokenRuns: BrokenRuns,
  options: SweeperOptions,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  while (!signal.aborted) {
    const as_of = new Date();
    const untouched_since = new Date(as_of.getTime() - options.untouched_ms);
    const due = await alone(pool, (db) => claimDueSettlements(db, { as_of, untouched_since, limit: WINDOW_SIZE }));
    if (due.length === 0) return;
    log.info({ settlements: due.length }, 'the sweeper starts or wakes settlements that nobody drove');
    const ended = await brokenRuns.end(due);
    if (ended.length > 0)
      log.warn({ trades: ended }, 'runs whose workflow task failed again and again were started anew');
    await runWindow(client, pool, due, {
      priorityKey: PRIORITY_KEYS.sweeper,
      patience_ms: options.untouched_ms,
      signal,
    });
    if (due.length < WINDOW_SIZE) return;
  }
}

const CENSUS_PAGE = 100;

/**
 * Every open settlement has a workflow, also those that wait for a date, a resume or a command: ops look for them there.
 * Not under the sweep lock: what another worker's sweep would hide from it stays without a workflow until the next census.
 */
async function takeCensus(client: Client, pool: DatabasePool, signal: AbortSignal, log: Logger): Promise<void> {
  let after = '0';
  let count = 0;
  for (;;) {
    const page = await openSettlementsAfter(pool, after, CENSUS_PAGE);
    const resting = page.filter(isResting);
    for (const startable of resting) {
      if (signal.aborted) return;
      await ensureRunning(client, startable, PRIORITY_KEYS.sweeper);
      count += 1;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < CENSUS_PAGE) break;
    after = last.settlement.accept_seq;
  }
  if (count > 0)
    log.info({ settlements: count }, 'the sweeper made sure that resting settlements have their workflows');
}

function isResting({ settlement }: StartableSettlement): boolean {
  return settlement.paused || settlement.status === 'failed' || Date.parse(settlement.settlement_date) > Date.now();
}

/** Each wait is reported once by each worker, naming what it waits for. Answers which are known now. */
async function reportLongWaits(
  pool: DatabasePool,
  options: SweeperOptions,
  reported: ReadonlySet<string>,
  log: Logger,
): Promise<ReadonlySet<string>> {
  const as_of = new Date();
  const since = new Date(as_of.getTime() - options.waiting_report_ms);
  const known = new Set<string>();
  for (const { waits, ...waiting } of await longWaiting(pool, { as_of, since, limit: WINDOW_SIZE })) {
    const wait = `${waiting.trade_id} ${waiting.waiting_since}`;
    known.add(wait);
    if (reported.has(wait)) continue;
    log.warn(
      { ...waiting, waits: waits ?? 'for nobody any more' },
      `${waiting.trade_id} waits ${waits ?? 'for nobody any more'}, and has for longer than SETTLEMENT_TIMEOUT_SECONDS`,
    );
  }
  return known;
}

async function idOfNamespace({ connection, options: { namespace } }: Client): Promise<string> {
  const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
  return namespaceInfo?.id ?? '';
}

/** Claims while holding the sweep lock, or answers with nothing if another worker holds it: that one sees to what is due. */
async function alone(
  pool: DatabasePool,
  claim: (db: CommonQueryMethods) => Promise<readonly StartableSettlement[]>,
): Promise<readonly StartableSettlement[]> {
  return pool.transaction(async (db) => {
    const isMine = await db.oneFirst(sql.type(z.object({ locked: z.boolean() }))`
      select pg_try_advisory_xact_lock(${SWEEP_LOCK}) as locked
    `);
    return isMine ? claim(db) : [];
  });
}
