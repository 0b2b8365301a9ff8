import { randomUUID } from 'node:crypto';
import { settlementWorkflowId, TASK_QUEUE } from '../../src/protocol/temporal/names';
import { ageRows } from '../support/age-rows';
import { eventually } from '../support/eventually';
import { expectCoherent } from '../support/expect-coherent';
import { one } from '../support/ledger-world';
import { TestEngine } from '../support/settlement-engine';

const engine = new TestEngine({ sweeper: { interval_ms: 200, untouched_ms: 2_000 }, replayable: false });

it('a run that fails its workflow task for ever is ended by the sweeper, and the row goes on in a new one', async () => {
  const { world, database } = engine;
  const [buyer, seller] = [await world.account({ USDT: '100' }), await world.account({ BTC: '1' })];
  const accepted = one(await world.accept({ buyer, seller, quantity: '1', price: '100' }));
  const { trade_id } = accepted;
  // An argument that is no JSON: the SDK decodes it before any code of ours runs, and fails the task each time.
  await engine.client.connection.workflowService.startWorkflowExecution({
    namespace: engine.namespace,
    workflowId: settlementWorkflowId(trade_id),
    workflowType: { name: 'settleTrade' },
    taskQueue: { name: TASK_QUEUE },
    requestId: randomUUID(),
    input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{bad') }] },
  });
  const broken = await engine.handle(trade_id).describe();

  for (let claims = 1; claims <= 3; claims += 1) {
    await ageRows(database, accepted);
    const aged = await engine.until(trade_id, () => true);
    await engine.until(trade_id, (s) => s.updated_at !== aged.updated_at || s.status === 'settled');
  }

  const settled = await engine.until(trade_id, (s) => s.status === 'settled', 60_000);
  expect(settled.retry_count).toBe(0);
  const { status } = await engine.client.workflow.getHandle(broken.workflowId, broken.runId).describe();
  expect(status.name).toBe('TERMINATED');
  await eventually(
    'the end of the new run',
    async () => (await engine.handle(trade_id).describe()).status.name === 'COMPLETED',
  );
  await expectCoherent(database.pool);
}, 90_000);
