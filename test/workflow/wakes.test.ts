import type { Settlement } from '../../src/domain/settlement';
import type { SettlementActivities, StepAnswer } from '../../src/protocol/temporal/settlement-activities';
import { settlementWorkflowId } from '../../src/protocol/temporal/names';
import { withWorker } from '../support/other-worker';
import { TestEngine } from '../support/settlement-engine';
import { currentDetails, eventTypesOf, eventually } from '../support/workflow-page';

const engine = new TestEngine();
const TASK_QUEUE = 'slow-answers';

/**
 * The workflow with activities whose answers are under way for long: what they carry is true when the database is asked,
 * and outdated when it arrives.
 */
describe('a wake that comes while the row is on its way', () => {
  it.each(['accepted', 'read'] as const)('is not slept over: paused when %s, resumed meanwhile', async (when) => {
    const { world } = engine;
    const parties = { seller: await world.account({ BTC: '1' }), buyer: await world.account({ USDT: '100' }) };
    const event = world.trade({ ...parties, quantity: '1', price: '100', trade_id: `T-slow-${when}` });
    const [accepted] = await world.acceptAll([event]);
    if (accepted === undefined || !('settlement' in accepted)) throw new Error('not accepted');
    const paused: Settlement = { ...accepted.settlement, paused: true };
    const closed: Settlement = { ...paused, paused: false, status: 'settled', closed_at: new Date().toISOString() };
    let reads = 0;
    const slowly = async (row: Settlement): Promise<Settlement> => {
      await wakeAndSee(event.trade_id);
      return row;
    };

    const activities: Partial<SettlementActivities> = {
      acceptTrade: async () => ({
        result: 'known',
        settlement: when === 'accepted' ? await slowly(paused) : paused,
      }),
      readOutcome: async () => {
        reads += 1;
        return answerOf(when === 'read' && reads === 1 ? await slowly(paused) : closed);
      },
    };

    await withWorker(engine, { taskQueue: TASK_QUEUE, activities: failingTwice(activities) }, async () => {
      const { client } = engine.engine.temporal;
      const handle = await client.workflow.start('settleTrade', {
        workflowId: settlementWorkflowId(event.trade_id),
        taskQueue: TASK_QUEUE,
        args: [event],
      });
      if (when === 'read') {
        await eventually(async () => expect(await currentDetails(handle)).toContain('Paused'));
        await handle.signal('wake');
      }
      await eventually(async () => expect((await handle.describe()).status.name).not.toBe('RUNNING'));
      await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    });
  });
});

describe('a command that is under way when the run is about to end', () => {
  it('is heard: reopened by it, the settlement goes on', async () => {
    const { world } = engine;
    const parties = { seller: await world.account({ BTC: '1' }), buyer: await world.account({ USDT: '50' }) };
    const event = world.trade({ ...parties, quantity: '1', price: '100' });
    const [accepted] = await world.acceptAll([event]);
    if (accepted === undefined || !('settlement' in accepted)) throw new Error('not accepted');
    const past = new Date(0).toISOString();
    const failed: Settlement = { ...accepted.settlement, status: 'failed', deadline_at: past, parked_since: past };
    const handle = engine.handle(event.trade_id);
    let answer: Promise<unknown> = Promise.resolve();
    const activities: Partial<SettlementActivities> = {
      acceptTrade: () => Promise.resolve({ result: 'known', settlement: failed }),
      closeSettlement: async () => {
        const command = { actor: 'ops', reason: 'a test' };
        const update = await handle.startUpdate<unknown, [typeof command]>('retrySettlement', {
          args: [command],
          waitForStage: 'ACCEPTED',
        });
        answer = update.result();
        return answerOf({ ...failed, closed_at: past });
      },
      commandSettlement: async () => {
        await eventually(async () => expect((await eventTypesOf(handle)).join()).toMatch(CLOSED_AND_SEEN));
        return { outcome: 'committed', settlement: accepted.settlement, reason: null };
      },
      readOutcome: () => Promise.resolve(answerOf({ ...failed, status: 'settled', closed_at: past })),
    };

    await withWorker(engine, { taskQueue: TASK_QUEUE, activities: failingTwice(activities) }, async () => {
      await engine.engine.temporal.client.workflow.start('settleTrade', {
        workflowId: handle.workflowId,
        taskQueue: TASK_QUEUE,
        args: [event],
      });
      await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    });

    expect(await answer).toMatchObject({ status: 'pending' });
  });
});

/** The second regular activity to complete is the close; the workflow task after it has ended. */
const CLOSED_AND_SEEN = /ACTIVITY_TASK_COMPLETED.*ACTIVITY_TASK_COMPLETED.*WORKFLOW_TASK_COMPLETED/;

/** Wakes the workflow, and returns when it has seen that: its task for it has ended. */
async function wakeAndSee(tradeId: string): Promise<void> {
  const handle = engine.handle(tradeId);
  const tasks = async (): Promise<number> =>
    (await eventTypesOf(handle)).filter((type) => type === 'WORKFLOW_TASK_COMPLETED').length;
  const before = await tasks();
  await handle.signal('wake');
  await eventually(async () => expect(await tasks()).toBeGreaterThan(before));
}

function answerOf(settlement: Settlement): StepAnswer {
  return { outcome: 'committed', settlement, code: null, reason: null };
}

/** Each activity fails twice first, so that its regular twin runs, beside which workflow tasks go on. */
function failingTwice(activities: Partial<SettlementActivities>): object {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => {
      let calls = 0;
      const call = (): Promise<unknown> => {
        calls += 1;
        return calls <= 2 ? Promise.reject(new Error('the database is busy')) : (activity as () => Promise<unknown>)();
      };
      return [name, call];
    }),
  );
}
