import {
  DefaultLogger,
  type LogEntry,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { Logger } from '../log';
import { classifyError } from '../postgres/errors';
import { TASK_QUEUE } from '../protocol/temporal/names';
import { connectEngine, type Engine, type EngineOptions } from '../service/connect-engine';
import { setUpTemporal } from '../service/setup';
import { startSweeper, SWEEPER_DEFAULTS, type SweeperOptions } from '../service/sweeper';
import { BUNDLE_PATH } from './bundle';

export interface WorkerOptions extends Omit<EngineOptions, 'poolSize' | 'applicationName'> {
  readonly sweeper?: Partial<SweeperOptions>;
  /** Instead of the build's bundle, for tests. */
  readonly bundle?: { readonly code: string } | WorkflowBundleWithSourceMap;
}

export interface RunningWorker {
  readonly engine: Engine;
  /** Ends when the worker has stopped; rejects if it broke. */
  readonly ended: Promise<void>;
  /** Lets the steps under way finish, then stops. */
  stop(): Promise<void>;
}

/** Local activities hold a connection each, so there are never more of them than connections. */
const LOCAL_ACTIVITY_SLOTS = 16;
const REGULAR_ACTIVITY_SLOTS = 8;
/** The rest is for the sweeper, the wakes and the commands. */
const POOL_SIZE = LOCAL_ACTIVITY_SLOTS + REGULAR_ACTIVITY_SLOTS + 4;

/** Runs settlements on one Temporal worker, with the sweeper beside it. `setUp` must have run before. */
export async function runWorker(options: WorkerOptions): Promise<RunningWorker> {
  installRuntime(options.log);
  const engine = await connectEngine({ ...options, poolSize: POOL_SIZE, applicationName: 'cantondex-worker' });
  const { address, tls, apiKey, metadata } = options.temporal.connectionOptions;
  const connection = await NativeConnection.connect({
    ...(address === undefined ? {} : { address }),
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  const worker = await Worker.create({
    connection,
    namespace: engine.temporal.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: options.bundle ?? { codePath: BUNDLE_PATH },
    activities: createActivities({
      ledger: engine.ledger,
      acceptTradeEvent: (event, context) => engine.intake.acceptOne(event, context),
      wake: (tradeIds) => engine.waker.wake(tradeIds),
      classifyError,
    }),
    maxConcurrentLocalActivityExecutions: LOCAL_ACTIVITY_SLOTS,
    maxConcurrentActivityTaskExecutions: REGULAR_ACTIVITY_SLOTS,
    workflowTaskPollerBehavior: { type: 'autoscaling', initial: 5, minimum: 2, maximum: 20 },
    activityTaskPollerBehavior: { type: 'autoscaling', initial: 2, minimum: 1, maximum: 5 },
    shutdownGraceTime: '5s',
  });
  const { log } = options;
  const sweeper = startSweeper(
    {
      client: engine.temporal.client,
      pool: engine.pool,
      setUpTemporal: () => setUpTemporal(engine.temporal, (line) => log.info(line)),
      log,
    },
    { ...SWEEPER_DEFAULTS, waiting_report_ms: options.settlement.timeout_seconds * 1000, ...options.sweeper },
  );
  const ended = worker.run().finally(async () => {
    await sweeper.stop();
    await engine.close();
    await connection.close();
  });
  let stopped = false;
  return {
    engine,
    ended,
    async stop() {
      if (!stopped) worker.shutdown();
      stopped = true;
      await ended;
    },
  };
}

let isInstalled = false;

/** Once a process, before any connection: Temporal's own signal handlers would end the worker before us. */
function installRuntime(log: Logger): void {
  if (isInstalled) return;
  isInstalled = true;
  Runtime.install({
    shutdownSignals: [],
    // The core's own lines too: by default it writes them to the terminal itself, in colour, past the log and its level.
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    logger: new DefaultLogger('WARN', (entry) => writeEntry(log, entry)),
  });
}

/**
 * A line of the SDK's in our log. That a workflow failed is a normal outcome, told by the row, the report and the UI: its
 * settlement closed as failed, or its trade was refused. Our own mistakes fail workflow tasks instead.
 */
export function writeEntry(
  log: Logger,
  { level, message, meta = {} }: Pick<LogEntry, 'level' | 'message' | 'meta'>,
): void {
  const { error, ...rest } = meta as { readonly error?: unknown };
  const fields = error === undefined ? rest : { ...rest, err: error };
  if (message === 'Workflow failed') log.info(fields, message);
  else log[level === 'ERROR' ? 'error' : 'warn'](fields, message);
}
