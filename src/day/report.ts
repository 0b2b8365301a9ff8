import type { FailureCode } from '../domain/failure';
import { sumAmounts } from '../domain/money';
import type { RefusalCode } from '../domain/refusal';
import type { OutcomeRow } from '../postgres/queries/day';
import type { Acceptance } from './run-day';

/** The day in numbers: a contract, other programs read it. */
export interface Summary {
  readonly submitted: number;
  readonly settled: number;
  readonly failed: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly seconds: number;
  readonly trades_per_second: number;
  readonly latency_ms: { readonly p50: number; readonly p99: number } | null;
  readonly failures: readonly { readonly trade_id: string; readonly code: FailureCode; readonly reason: string }[];
  readonly rejections: readonly {
    readonly line: number;
    readonly trade_id: string | null;
    readonly code: RefusalCode;
    readonly field: string | null;
    readonly reason: string;
  }[];
}

/** What moved of one asset, by the settled trades of the day. */
export interface Moved {
  readonly asset: string;
  readonly securities: string;
  readonly cash: string;
  readonly fees: string;
}

export interface DayReport {
  readonly summary: Summary;
  readonly moved: readonly Moved[];
  /** Each failed one once, in the order of acceptance. */
  readonly failed: readonly OutcomeRow[];
}

/**
 * Adds up a day. Rows may come in pages, each row once; what is kept of a settled one is a number. A trade that stands on
 * two lines counts for each of them, so that submitted = settled + failed + rejected.
 */
export class DayTally {
  readonly #linesOf = new Map<string, number>();
  readonly #moved = new Map<string, { securities: string; cash: string; fees: string }>();
  readonly #latencies_ms: number[] = [];
  readonly #failed: OutcomeRow[] = [];
  #settledLines = 0;
  #failedLines = 0;
  #settledInRun = 0;
  #end_ms = 0;

  constructor(readonly acceptance: Acceptance) {
    for (const id of acceptance.settlementIds) this.#linesOf.set(id, (this.#linesOf.get(id) ?? 0) + 1);
  }

  add(rows: readonly OutcomeRow[]): void {
    for (const row of rows) {
      const lines = this.#linesOf.get(row.id) ?? 0;
      if (row.status === 'settled') this.#addSettled(row, lines);
      else this.#addFailed(row, lines);
      const ended = row.settled_at ?? row.parked_since ?? row.closed_at;
      if (ended !== null) this.#end_ms = Math.max(this.#end_ms, Date.parse(ended));
    }
  }

  #addSettled(row: OutcomeRow, lines: number): void {
    this.#settledLines += lines;
    const settled_at = row.settled_at ?? '';
    if (settled_at >= this.acceptance.started_at) this.#settledInRun += 1;
    if (this.acceptance.fresh.has(row.id)) this.#latencies_ms.push(Date.parse(settled_at) - Date.parse(row.created_at));
    const fees = sumAmounts([row.buyer_commission, row.seller_commission]);
    this.#addMoved(row.base_asset, { securities: row.quantity, cash: '0', fees: '0' });
    this.#addMoved(row.quote_asset, { securities: '0', cash: row.amount, fees });
  }

  #addMoved(asset: string, { securities, cash, fees }: Omit<Moved, 'asset'>): void {
    const before = this.#moved.get(asset) ?? { securities: '0', cash: '0', fees: '0' };
    this.#moved.set(asset, {
      securities: sumAmounts([before.securities, securities]),
      cash: sumAmounts([before.cash, cash]),
      fees: sumAmounts([before.fees, fees]),
    });
  }

  #addFailed(row: OutcomeRow, lines: number): void {
    this.#failedLines += lines;
    this.#failed.push(row);
  }

  report(): DayReport {
    const { acceptance } = this;
    const seconds = Math.max(0, this.#end_ms - Date.parse(acceptance.started_at)) / 1000;
    const summary: Summary = {
      submitted: acceptance.lines,
      settled: this.#settledLines,
      failed: this.#failedLines,
      duplicates: acceptance.duplicates,
      rejected: acceptance.rejections.length,
      seconds,
      trades_per_second: seconds === 0 ? 0 : Math.round((this.#settledInRun / seconds) * 10) / 10,
      latency_ms: latencyOf(this.#latencies_ms),
      failures: this.#failed.map(failureOf),
      rejections: acceptance.rejections.map(({ line, trade_id, refusal }) => ({ line, trade_id, ...refusal })),
    };
    const moved = [...this.#moved].map(([asset, amounts]) => ({ asset, ...amounts }));
    return { summary, moved: moved.sort((a, b) => (a.asset < b.asset ? -1 : 1)), failed: this.#failed };
  }
}

function failureOf(row: OutcomeRow): Summary['failures'][number] {
  if (row.failure_code === null || row.failure_reason === null) {
    throw new Error(`trade ${row.trade_id} is ${row.status}, though the day has ended: it has to be settled or failed`);
  }
  return { trade_id: row.trade_id, code: row.failure_code, reason: row.failure_reason };
}

function latencyOf(latencies_ms: readonly number[]): Summary['latency_ms'] {
  if (latencies_ms.length === 0) return null;
  const sorted = [...latencies_ms].sort((a, b) => a - b);
  return { p50: nearestRank(sorted, 50), p99: nearestRank(sorted, 99) };
}

/** The smallest value that at least `percent` of all do not exceed. */
function nearestRank(sorted: readonly number[], percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? 0;
}
