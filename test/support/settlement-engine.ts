import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { SettlementConfig } from '../../src/config';
import type { Settlement } from '../../src/domain/settlement';
import type { TradeEvent } from '../../src/domain/trade';
import { createLog, type Logger } from '../../src/log';
import { startableByTradeIds } from '../../src/postgres/queries/open-settlements';
import { findSettlement } from '../../src/postgres/queries/settlements';
import { PRIORITY_KEYS, settlementWorkflowId, TASK_QUEUE } from '../../src/protocol/temporal/names';
import { connectTemporal, type TemporalClient } from '../../src/service/connect-temporal';
import type { Engine } from '../../src/service/connect-engine';
import { ensureRunning } from '../../src/service/ensure-running';
import { setUp } from '../../src/service/setup';
import type { SweeperOptions } from '../../src/service/sweeper';
import { runWorker, type RunningWorker, type WorkerOptions } from '../../src/worker/run-worker';
import { testDatabase, type TestDatabase, type TestDatabaseOptions } from './database';
import { LedgerWorld } from './ledger-world';
import { expectReplayable } from './replayed';
import { workflowBundle } from './workflow-bundle';

export interface TestEngineOptions extends TestDatabaseOptions {
  readonly settlement?: Partial<SettlementConfig>;
  readonly sweeper?: Partial<SweeperOptions>;
  /** Where the worker finds the database, instead of the database itself: a proxy that fails as networks do. */
  readonly workerDatabaseUrl?: () => string;
  readonly log?: Logger;
  /** Instead of one of its own: on a server that only this file uses. */
  readonly namespace?: string;
  /** false where a test makes a run that cannot be replayed. */
  readonly replayable?: boolean;
}

/** Delays in seconds instead of minutes, so that time rules are seen on the real server. */
const QUICK: SettlementConfig = {
  timeout_seconds: 5,
  retry_attempts: 1,
  retry_delay_seconds: 1,
  batch_size: 100,
  deadline_business_days: 5,
  deadline_seconds: null,
};
const RARELY = { interval_ms: 3_600_000, untouched_ms: 3_600_000, census_ms: 3_600_000 };

/**
 * A worker on a real Temporal server and a real database for the tests of the file that calls this: a database and a
 * namespace of their own. The sweeper sleeps unless a test wants it.
 */
export class TestEngine {
  readonly database: TestDatabase;
  readonly world: LedgerWorld;
  readonly namespace: string;
  #worker: RunningWorker | null = null;
  #temporal: TemporalClient | null = null;

  constructor(readonly options: TestEngineOptions = {}) {
    this.namespace = options.namespace ?? `test-${randomUUID().slice(0, 8)}`;
    // Before testDatabase's own: hooks run in the order they were given, and the worker's sessions must be gone by then.
    afterAll(async () => {
      if (options.replayable ?? true) await expectReplayable(this.client);
      await this.stopWorker();
      await this.#temporal?.close();
    });
    this.database = testDatabase(options);
    this.world = new LedgerWorld(this.database, this.settlement);
    beforeAll(async () => {
      await this.makeNamespace();
      this.#temporal = await connectTemporal(this.temporal);
      await this.world.setUp();
      await this.startWorker();
    });
  }

  get settlement(): SettlementConfig {
    return { ...QUICK, ...this.options.settlement };
  }

  get worker(): RunningWorker {
    if (this.#worker === null) throw new Error('the worker is stopped');
    return this.#worker;
  }

  get engine(): Engine {
    return this.worker.engine;
  }

  /** A client of its own, there also while no worker runs. */
  get client(): Client {
    if (this.#temporal === null) throw new Error('there is no client before the tests begin');
    return this.#temporal.client;
  }

  get temporal() {
    return {
      connectionOptions: { address: process.env['CANTONDEX_TEST_TEMPORAL_ADDRESS'] ?? '' },
      namespace: this.namespace,
    };
  }

  async startWorker(more: { sweeper?: Partial<SweeperOptions> } = {}): Promise<void> {
    this.#worker = await runWorker(await this.workerOptions(more));
  }

  /** For one more worker beside the engine's own. */
  async workerOptions(more: { sweeper?: Partial<SweeperOptions> } = {}): Promise<WorkerOptions> {
    return {
      databaseUrl: this.options.workerDatabaseUrl?.() ?? this.database.url,
      temporal: this.temporal,
      settlement: this.settlement,
      log: this.options.log ?? createLog(process.env['LOG_LEVEL'] ?? 'silent'),
      bundle: await workflowBundle(),
      sweeper: { ...RARELY, ...this.options.sweeper, ...more.sweeper },
    };
  }

  async stopWorker(): Promise<void> {
    await this.#worker?.stop();
    this.#worker = null;
  }

  /** What the matching engine does from any SDK: a plain start with the trade event as the only argument. */
  start(event: TradeEvent | Record<string, unknown>, workflowId?: string): Promise<WorkflowHandle> {
    return this.client.workflow.start('settleTrade', {
      workflowId: workflowId ?? settlementWorkflowId(String(event['trade_id' as keyof typeof event])),
      taskQueue: TASK_QUEUE,
      args: [event],
    });
  }

  /** The other door's second half: starts, or wakes, the workflows of trades that are accepted. */
  async ensureRunning(...tradeIds: readonly string[]): Promise<void> {
    for (const startable of await startableByTradeIds(this.database.pool, tradeIds)) {
      await ensureRunning(this.client, startable, PRIORITY_KEYS.live);
    }
  }

  handle(tradeId: string): WorkflowHandle {
    return this.client.workflow.getHandle(settlementWorkflowId(tradeId));
  }

  /** The row, once it is as wanted; fails with the row after 30 s. */
  async until(tradeId: string, isSo: (s: Settlement) => boolean, within_ms = 30_000): Promise<Settlement> {
    const giveUpAt_ms = Date.now() + within_ms;
    for (;;) {
      const row = await findSettlement(this.database.pool, tradeId);
      if (row !== null && isSo(row)) return row;
      if (Date.now() > giveUpAt_ms) throw new Error(`not within ${within_ms} ms: ${JSON.stringify(row)}`);
      await delay(50);
    }
  }

  /** How many events of each type a workflow's history has. */
  async history(tradeId: string): Promise<{ readonly type: string; readonly summary: string | null }[]> {
    const { events } = await this.handle(tradeId).fetchHistory();
    return (events ?? []).map((event) => ({
      type: event.eventType === undefined || event.eventType === null ? '' : String(event.eventType),
      summary: event.userMetadata?.summary?.data ? Buffer.from(event.userMetadata.summary.data).toString() : null,
    }));
  }

  async makeNamespace(): Promise<void> {
    const temporal = await connectTemporal(this.temporal);
    try {
      if (this.options.namespace === undefined) {
        await temporal.connection.workflowService.registerNamespace({
          namespace: this.namespace,
          workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
        });
      }
      await setUp(this.database.superuserUrl, temporal, () => undefined);
    } finally {
      await temporal.close();
    }
  }
}
