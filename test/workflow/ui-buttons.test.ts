import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Settlement } from '../../src/domain/settlement';
import { listEvents } from '../../src/postgres/queries/settlements';
import { startableByTradeIds } from '../../src/postgres/queries/open-settlements';
import { settlementWorkflowId } from '../../src/protocol/temporal/names';
import { connectTemporal, type TemporalClient } from '../../src/service/connect-temporal';
import { ensureRunning } from '../../src/service/ensure-running';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, eventually, failureOf, submit } from '../support/workflow-page';

const engine = new TestEngine({ settlement: { retry_attempts: 0 } });
const OPS = { actor: 'ops', reason: 'a test' };
const QUICK_SWEEPER = { interval_ms: 200, untouched_ms: 500, census_ms: 1_000 };
/** A client that outlives the worker. */
let ui: TemporalClient;

beforeAll(async () => {
  ui = await connectTemporal(engine.temporal);
});
afterAll(() => ui.close());
afterEach(() => expectCoherent(engine.database.pool));

interface Scene {
  readonly row: Settlement;
  readonly handle: WorkflowHandle;
  /** Removes what the settlement waits for. */
  readonly goOn: () => Promise<unknown>;
  /** How it ends then. */
  readonly ends: 'settled' | 'CANCELLED';
}

/** Pending until a date far away; only a cancel ends it. */
async function dated(): Promise<Scene> {
  const { seller, buyer } = await parties('100');
  const terms = { seller, buyer, quantity: '1', price: '100', settlement_date: '2099-12-31' };
  const scene = await stage(terms, (s) => s.status === 'pending');
  return { ...scene, goOn: () => engine.engine.commands.send('cancel', scene.row.id, OPS), ends: 'CANCELLED' };
}

/** Seller_securities_locked: what is missing of the cash comes with an earlier trade in line that nobody drives. */
async function locked(): Promise<Scene> {
  const { world } = engine;
  const buyer = await world.account({ BTC: '1', USDT: '40' });
  const earlier = world.trade({
    seller: buyer,
    buyer: await world.account({ USDT: '60' }),
    quantity: '1',
    price: '60',
  });
  await world.acceptAll([earlier]);
  const seller = await world.account({ BTC: '1' });
  const isLocked = (s: Settlement): boolean => s.status === 'seller_securities_locked' && s.waiting_since !== null;
  const scene = await stage({ seller, buyer, quantity: '1', price: '100' }, isLocked);
  return { ...scene, goOn: () => submit(engine, earlier), ends: 'settled' };
}

async function parked(): Promise<Scene> {
  const { seller, buyer } = await parties('50');
  const scene = await stage({ seller, buyer, quantity: '1', price: '100' }, (s) => s.parked_since !== null);
  const goOn = async (): Promise<void> => {
    await engine.world.adjust(buyer, 'USDT', '50');
    await engine.engine.commands.send('retry', scene.row.id, OPS);
  };
  return { ...scene, goOn, ends: 'settled' };
}

const SCENES = [
  ['pending', dated],
  ['seller_securities_locked', locked],
  ['parked', parked],
] as const;

describe('Cancel in the Temporal UI', () => {
  it.each(SCENES)('cancels a settlement that is %s', async (_, scene) => {
    const { handle, row } = await scene();

    await handle.cancel();

    expect(await failureOf(handle)).toMatchObject({ type: 'CANCELLED', message: 'Cancel was requested in Temporal.' });
    const closed = await engine.until(row.trade_id, (s) => s.closed_at !== null);
    expect(closed).toMatchObject({ status: 'failed', failure_code: 'CANCELLED' });
    const last = (await listEvents(engine.database.pool, row.id)).at(-1);
    expect(last).toMatchObject({ kind: 'closed', actor: 'temporal (via temporal, unverified)' });
    const reserved = await engine.world.balance(row.seller_account_id, 'BTC');
    expect(reserved).toEqual({ available: '1', reserved: '0' });
  });

  it('is ignored once the legs have moved: the settlement settles', async () => {
    const { seller, buyer } = await parties('100');
    const row = await engine.world.settlementIn('confirmed', { seller, buyer, quantity: '1', price: '100' });

    const handle = await whileNobodyWorks(async () => {
      const started = await startByRow(row);
      await started.cancel();
      return started;
    });

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    expect(await eventTypesOf(handle)).toContain('WORKFLOW_EXECUTION_CANCEL_REQUESTED');
    expect(await engine.world.events(row)).not.toContain('closed failed');
  });

  it('does not stop an Update that comes with it: the row decides which was first', async () => {
    const { seller, buyer } = await parties('100');
    const row = await engine.world.settlementIn('confirmed', { seller, buyer, quantity: '1', price: '100' });
    let pausing: Promise<unknown> = Promise.resolve();

    const handle = await whileNobodyWorks(async () => {
      const started = await startByRow(row);
      await started.cancel();
      pausing = started.executeUpdate('pauseSettlement', { args: [OPS] }).catch((error: unknown) => error);
      return started;
    });

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    expect(await pausing).toMatchObject({ cause: { type: 'COMMAND_FORBIDDEN' } });
  });

  it('does nothing to one that is settled', async () => {
    const { seller, buyer } = await parties('100');
    const { handle } = await stage({ seller, buyer, quantity: '1', price: '100' }, (s) => s.status === 'settled');
    await handle.result();
    const before = await engine.world.everything();

    await handle.cancel().catch(() => undefined);

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    expect(await engine.world.everything()).toEqual(before);
  });
});

describe('Terminate in the Temporal UI', () => {
  it('is mended by the sweeper: each comes back with its attempts, and ends right', async () => {
    const scenes = [];
    for (const [, scene] of SCENES) scenes.push(await scene());
    const runs = await Promise.all(scenes.map(({ handle }) => runIdOf(handle)));
    for (const { handle } of scenes) await handle.terminate('a test');

    await engine.stopWorker();
    await engine.startWorker({ sweeper: QUICK_SWEEPER });

    for (const [index, { row, goOn, ends }] of scenes.entries()) {
      const handle = engine.handle(row.trade_id);
      await eventually(async () => expect(await runIdOf(handle)).not.toBe(runs[index]));
      await goOn();
      const closed = await engine.until(row.trade_id, (s) => s.closed_at !== null);
      expect(closed.failure_code ?? closed.status).toBe(ends);
      expect(closed.attempt).toBe(row.parked_since === null ? 1 : 2);
      await handle.result().catch(() => undefined);
    }
    await engine.stopWorker();
    await engine.startWorker();
  });

  it('of a settled one is refused by Temporal, and moves nothing', async () => {
    const { seller, buyer } = await parties('100');
    const { handle } = await stage({ seller, buyer, quantity: '1', price: '100' }, (s) => s.status === 'settled');
    await handle.result();
    const before = await engine.world.everything();

    await expect(handle.terminate()).rejects.toThrow('workflow execution already completed');

    expect(await engine.world.everything()).toEqual(before);
  });
});

describe('Reset in the Temporal UI', () => {
  it.each(SCENES)('lets a settlement that is %s go on from its row', async (_, scene) => {
    const { handle, row, goOn, ends } = await scene();

    await reset(handle);

    await eventually(async () => expect(await eventTypesOf(handle)).toContain('WORKFLOW_TASK_COMPLETED'));
    expect(await engine.until(row.trade_id, () => true)).toMatchObject({ status: row.status, attempt: row.attempt });
    await goOn();
    const closed = await engine.until(row.trade_id, (s) => s.closed_at !== null);
    expect(closed.failure_code ?? closed.status).toBe(ends);
    await handle.result().catch(() => undefined);
    expect((await handle.describe()).status.name).toBe(ends === 'settled' ? 'COMPLETED' : 'FAILED');
  });

  it('lets a settled one answer with its outcome again, and moves nothing', async () => {
    const { seller, buyer } = await parties('100');
    const { handle } = await stage({ seller, buyer, quantity: '1', price: '100' }, (s) => s.status === 'settled');
    const outcome: unknown = await handle.result();
    const before = await engine.world.everything();

    await reset(handle);

    expect(await handle.result()).toEqual(outcome);
    expect(await engine.world.everything()).toEqual(before);
  });
});

async function parties(cash: string) {
  return { seller: await engine.world.account({ BTC: '1' }), buyer: await engine.world.account({ USDT: cash }) };
}

async function stage(terms: Parameters<typeof engine.world.trade>[0], isSo: (s: Settlement) => boolean) {
  const event = engine.world.trade(terms);
  await submit(engine, event);
  const row = await engine.until(event.trade_id, isSo);
  return { row, handle: ui.client.workflow.getHandle(settlementWorkflowId(event.trade_id)) };
}

/** Stops the worker, does something, and starts it again: it finds all of that in its first task. */
async function whileNobodyWorks<T>(work: () => Promise<T>): Promise<T> {
  await engine.stopWorker();
  try {
    return await work();
  } finally {
    await engine.startWorker();
  }
}

async function startByRow({ trade_id }: Settlement): Promise<WorkflowHandle> {
  for (const startable of await startableByTradeIds(engine.database.pool, [trade_id]))
    await ensureRunning(ui.client, startable, 3);
  return ui.client.workflow.getHandle(settlementWorkflowId(trade_id));
}

async function runIdOf(handle: WorkflowHandle): Promise<string> {
  return (await handle.describe()).runId;
}

/** What the UI's Reset does by default: back to the first workflow task, with the messages since. */
async function reset(handle: WorkflowHandle): Promise<void> {
  const type = temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED;
  await eventually(async () => expect(await eventTypesOf(handle)).toContain('WORKFLOW_TASK_COMPLETED'));
  const { events } = await handle.fetchHistory();
  const first = (events ?? []).find((event) => event.eventType === type);
  await ui.connection.workflowService.resetWorkflowExecution({
    namespace: ui.namespace,
    workflowExecution: { workflowId: handle.workflowId, runId: await runIdOf(handle) },
    reason: 'a test',
    requestId: `${handle.workflowId}-reset`,
    workflowTaskFinishEventId: first?.eventId ?? null,
  });
}
