import { toApplicationFailure } from '../../activities/to-application-failure';
import type { Settlement } from '../../src/domain/settlement';
import { expectCoherent } from '../support/expect-coherent';
import { activitiesOn, withWorker } from '../support/other-worker';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, markersOf, scheduledOf } from '../support/workflow-page';

const engine = new TestEngine();
const BUSY = toApplicationFailure({ kind: 'transient', sqlstate: null, message: 'the database is busy' });

afterEach(() => expectCoherent(engine.database.pool));

describe('a step that fails on something transient', () => {
  it('once, is tried again where it is, and nothing of it is seen', async () => {
    const handle = await settleWith(1, 'once');

    expect(await markersOf(handle)).toHaveLength(6);
    expect(await scheduledOf(handle)).toEqual([]);
  });

  it('twice, goes on as a regular activity that ops see, with its attempts; no attempt of the settlement is lost', async () => {
    const handle = await settleWith(3, 'for-long');

    expect(await scheduledOf(handle)).toEqual([
      'Accept the trade',
      'Initiate: fix the terms',
      "Lock the seller's securities",
      "Lock the buyer's cash",
      'Execute: deliver versus payment',
      'Finalise: read the swap back',
    ]);
    const { events } = await handle.fetchHistory();
    const started = (events ?? []).flatMap((event) => event.activityTaskStartedEventAttributes ?? []);
    expect(started.map((attributes) => attributes.attempt)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(started[0]?.lastFailure).toMatchObject({
      message: 'the database is busy',
      applicationFailureInfo: { type: 'TRANSIENT' },
    });
    expect(await eventTypesOf(handle)).not.toContain('WORKFLOW_TASK_FAILED');
  });
});

/** A trade whose every step fails so many times before it is done. */
async function settleWith(failures: number, name: string) {
  const { world } = engine;
  const parties = { seller: await world.account({ BTC: '1' }), buyer: await world.account({ USDT: '100' }) };
  const event = world.trade({ ...parties, quantity: '1', price: '100' });
  const calls = new Map<string, number>();
  const activities = Object.entries(activitiesOn(engine, engine.engine.ledger)).map(([step, activity]) => {
    const call = (request: never): Promise<unknown> => {
      const count = (calls.get(step) ?? 0) + 1;
      calls.set(step, count);
      return count <= failures ? Promise.reject(BUSY) : (activity as (r: never) => Promise<unknown>)(request);
    };
    return [step, call] as const;
  });
  const handle = engine.handle(event.trade_id);
  await withWorker(engine, { taskQueue: name, activities: Object.fromEntries(activities) }, async () => {
    await engine.engine.temporal.client.workflow.start('settleTrade', {
      workflowId: handle.workflowId,
      taskQueue: name,
      args: [event],
    });
    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
  });
  const row: Settlement = await engine.until(event.trade_id, (s) => s.status === 'settled');
  expect(row).toMatchObject({ attempt: 1, retry_count: 0 });
  return handle;
}
