import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { Ledger } from '../../src/ledger/port';
import { classifyError } from '../../src/postgres/errors';
import type { TestEngine } from './settlement-engine';
import { workflowBundle } from './workflow-bundle';

export interface OtherWorker {
  /** Workflows that are started on this task queue are its own; the engine's worker does not see them. */
  readonly taskQueue: string;
  readonly activities: object;
}

/** A worker beside the engine's, with the same workflows and other activities, while `work` runs. */
export async function withWorker<T>(engine: TestEngine, other: OtherWorker, work: () => Promise<T>): Promise<T> {
  const connection = await NativeConnection.connect(engine.temporal.connectionOptions);
  try {
    const worker = await Worker.create({
      connection,
      namespace: engine.namespace,
      taskQueue: other.taskQueue,
      workflowBundle: await workflowBundle(),
      activities: other.activities,
      maxConcurrentLocalActivityExecutions: 8,
    });
    return await worker.runUntil(work);
  } finally {
    await connection.close();
  }
}

/** The engine's activities on another ledger: its own with something in between. */
export function activitiesOn(engine: TestEngine, ledger: Ledger) {
  const { intake, waker } = engine.engine;
  return createActivities({
    ledger,
    acceptTradeEvent: (event, context) => intake.acceptOne(event, context),
    wake: (tradeIds) => waker.wake(tradeIds),
    classifyError,
  });
}
