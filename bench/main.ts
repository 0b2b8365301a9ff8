import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { readConfig } from '../src/config';
import { startStack } from '../src/embedded/stack';
import { createLog } from '../src/log';
import { projectRoot } from '../src/postgres/project-root';
import { connectTemporal } from '../src/service/connect-temporal';
import { setUp } from '../src/service/setup';
import { bundleWorkflows } from '../src/worker/bundle';
import { runWorker, type RunningWorker } from '../src/worker/run-worker';
import { openMarket } from './market';
import { pace, saturate, type Timing, type WorkflowType } from './run';
import { readUsage, type Usage } from './usage';

const RUNS = 5;
const TRADES = Number(process.env['BENCH_TRADES'] ?? 300);
const IN_FLIGHT = 50;
const PACED_TRADES = 200;
const PACE_PER_SECOND = 10;

interface Measured extends Timing {
  readonly used: Usage;
}

/** `npm run bench`: the single lane beside a naive workflow, on one server, pool and worker, in one run, turn about. */
export async function main(): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cantondex-bench-'));
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const stack = await startStack({ dataFolder, say });
  try {
    const temporal = {
      connectionOptions: { address: stack.temporalAddress },
      namespace: stack.temporalNamespace,
    };
    const client = await connectTemporal(temporal);
    await setUp(stack.databaseUrl, client, say);
    await client.close();
    const worker = await runWorker({
      databaseUrl: stack.databaseUrl,
      temporal,
      settlement: readConfig({}).settlement,
      log: createLog('warn'),
      bundle: { code: await bundleWorkflows(join(projectRoot(), 'dist', 'bench', 'workflows.js')) },
    });
    try {
      await compare(worker, dataFolder, say);
    } finally {
      await worker.stop();
    }
  } finally {
    await stack.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

async function compare(worker: RunningWorker, dataFolder: string, say: (line: string) => void): Promise<void> {
  await openMarket(worker.engine.pool);
  const { client } = worker.engine.temporal;
  const measure = async (type: WorkflowType, run: string): Promise<Measured> => {
    const before = await readUsage(worker.engine.pool, dataFolder);
    const timed = await saturate(client, type, run, TRADES, IN_FLIGHT);
    const after = await readUsage(worker.engine.pool, dataFolder);
    say(`${run}: ${timed.trades_per_second.toFixed(1)} trades/s`);
    return { ...timed, used: differenceOf(before, after) };
  };

  for (const type of ['settleTrade', 'settleNaively'] as const)
    await saturate(client, type, `warm-up-${type}`, 50, IN_FLIGHT);
  const single: Measured[] = [];
  const naive: Measured[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    single.push(await measure('settleTrade', `single-${run}`));
    naive.push(await measure('settleNaively', `naive-${run}`));
  }
  const paced = await pace(client, 'settleTrade', 'paced', PACED_TRADES, PACE_PER_SECOND);
  process.stdout.write(`${report(single, naive)}\n`);
  process.stdout.write(
    `At ${PACE_PER_SECOND} trades a second, started one by one: p50 ${paced.p50_ms.toFixed(0)} ms, p99 ${paced.p99_ms.toFixed(0)} ms (${PACED_TRADES} trades).\n`,
  );
}

function differenceOf(before: Usage, after: Usage): Usage {
  return {
    node_ms: after.node_ms - before.node_ms,
    temporal_ms: after.temporal_ms - before.temporal_ms,
    postgres_ms: after.postgres_ms - before.postgres_ms,
    wal_bytes: after.wal_bytes - before.wal_bytes,
    rows_written: after.rows_written - before.rows_written,
    index_entries: after.index_entries - before.index_entries,
  };
}

function report(single: readonly Measured[], naive: readonly Measured[]): string {
  const ratios = single.map((s, i) => s.trades_per_second / (naive[i]?.trades_per_second ?? NaN));
  const table = new Table({
    head: [`median of ${RUNS} runs, ${TRADES} trades each`, 'single lane', 'naive'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const row = (name: string, of: (m: Measured) => number, digits: number): void => {
    table.push([name, ...[single, naive].map((runs) => median(runs.map(of)).toFixed(digits))]);
  };
  row('settlements a second', (m) => m.trades_per_second, 1);
  row('p50, ms (50 in flight)', (m) => m.p50_ms, 0);
  row('p99, ms (50 in flight)', (m) => m.p99_ms, 0);
  row('history events a trade', (m) => m.history_events, 0);
  row('CPU of node, ms a trade', (m) => m.used.node_ms / TRADES, 1);
  row('CPU of Temporal, ms a trade', (m) => m.used.temporal_ms / TRADES, 1);
  row('CPU of PostgreSQL, ms a trade', (m) => m.used.postgres_ms / TRADES, 1);
  row('WAL, bytes a trade', (m) => m.used.wal_bytes / TRADES, 0);
  row('rows written a trade', (m) => m.used.rows_written / TRADES, 1);
  row('index entries a trade, at most', (m) => m.used.index_entries / TRADES, 0);
  const [low, middle, high] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((r) => r.toFixed(2));
  return `${table.toString()}\nSingle lane / naive, settlements a second, run by run: median ${middle}, from ${low} to ${high}.`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
