/**
 * Records the histories that replay.test.ts replays, one of each path, from a real server:
 *   npx jest --testMatch '**\/test/replay/record.ts'
 * Histories are kept as they were recorded when the workflow's code changes: what runs today must go on under tomorrow's
 * code. Record a path anew only when it was left on purpose (workflow patches, or no open settlement is on it).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { SettlementActivities } from '../../src/protocol/temporal/settlement-activities';
import { COMMAND_NAMES } from '../../src/protocol/temporal/settlement-messages';
import { writeHistory } from '../support/history-file';
import type { TradeTerms } from '../support/ledger-world';
import { activitiesOn, withWorker } from '../support/other-worker';
import { TestEngine } from '../support/settlement-engine';
import { startSkippingTime, submit } from '../support/workflow-page';

const engine = new TestEngine();
const OPS = { actor: 'ops', reason: 'recorded for a replay' };
const LATER = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);

async function trade(cash: string, more: Partial<TradeTerms> = {}) {
  const parties = {
    seller: await engine.world.account({ BTC: '1' }),
    buyer: await engine.world.account({ USDT: cash }),
  };
  return { ...parties, event: engine.world.trade({ ...parties, quantity: '1', price: '100', ...more }) };
}

async function parked() {
  const { buyer, event } = await trade('50');
  const handle = await submit(engine, event);
  await engine.until(event.trade_id, (s) => s.parked_since !== null);
  return { buyer, handle };
}

const PATHS: Record<string, () => Promise<WorkflowHandle>> = {
  settled: async () => submit(engine, (await trade('100')).event),
  'settled, started by the matching engine': async () => engine.start((await trade('100')).event),
  'waited in line, settled': async () => {
    const { world } = engine;
    const middle = await world.account({ USDT: '100' });
    const seller = await world.account({ BTC: '1' });
    const first = world.trade({ seller, buyer: middle, quantity: '1', price: '50' });
    await world.acceptAll([first]);
    const buyer = await world.account({ USDT: '200' });
    const second = world.trade({ seller: middle, buyer, quantity: '1', price: '150' });
    const handle = await submit(engine, second);
    await engine.until(second.trade_id, (s) => s.waiting_since !== null);
    await submit(engine, first);
    return handle;
  },
  'waited for its date, settled': async () =>
    startSkippingTime(engine, (await trade('100', { settlement_date: LATER })).event),
  'failed, tried again, settled': async () => {
    const { buyer, event } = await trade('50');
    const handle = await submit(engine, event);
    await engine.until(event.trade_id, (s) => s.status === 'failed');
    await engine.world.adjust(buyer, 'USDT', '50');
    return handle;
  },
  'parked, retried by Update, settled': async () => {
    const { buyer, handle } = await parked();
    await engine.world.adjust(buyer, 'USDT', '50');
    await handle.executeUpdate(COMMAND_NAMES.retry, { args: [OPS] });
    return handle;
  },
  'parked, cancelled by Update': async () => {
    const { handle } = await parked();
    await handle.executeUpdate(COMMAND_NAMES.cancel, { args: [OPS] });
    return handle;
  },
  'parked, closed by its deadline': async () => startSkippingTime(engine, (await trade('50')).event),
  "cancelled by the UI's Cancel": async () => {
    const { event } = await trade('100', { settlement_date: LATER });
    const handle = await submit(engine, event);
    await engine.until(event.trade_id, () => true);
    await handle.cancel();
    return handle;
  },
  'paused by Signal, resumed by Update, cancelled by the service': async () => {
    const { event } = await trade('100', { settlement_date: LATER });
    const handle = await submit(engine, event);
    await handle.signal(COMMAND_NAMES.pause, OPS);
    await engine.until(event.trade_id, (s) => s.paused);
    await handle.executeUpdate(COMMAND_NAMES.resume, { args: [OPS] });
    await engine.engine.commands.send('cancel', event.trade_id, OPS);
    return handle;
  },
  'paused with its holds, resumed, settled': async () => {
    const { seller, buyer } = await trade('100');
    const row = await engine.world.settlementIn('buyer_cash_locked', { seller, buyer, quantity: '1', price: '100' });
    await engine.engine.commands.send('pause', row.id, OPS);
    const handle = engine.handle(row.trade_id);
    await handle.executeUpdate(COMMAND_NAMES.resume, { args: [OPS] });
    return handle;
  },
  refused: async () => engine.start({ ...(await trade('100')).event, price: '1e2' }),
  'steps as regular activities, settled': async () => {
    const { event } = await trade('100');
    const handle = engine.handle(event.trade_id);
    const activities = failingTwice(activitiesOn(engine, engine.engine.ledger));
    await withWorker(engine, { taskQueue: 'regular', activities }, async () => {
      const { client } = engine.engine.temporal;
      await client.workflow.start('settleTrade', {
        workflowId: handle.workflowId,
        taskQueue: 'regular',
        args: [event],
      });
      await handle.result();
    });
    return handle;
  },
};

it.each(Object.entries(PATHS))('records: %s', async (path, run) => {
  const handle = await run();
  await handle.result().catch(() => undefined);
  const folder = join(__dirname, 'histories');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${path.replaceAll(/[^A-Za-z]+/g, '-')}.json`),
    writeHistory(path, handle.workflowId, await handle.fetchHistory()),
  );
});

function failingTwice(activities: SettlementActivities): object {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => {
      let calls = 0;
      const call = (request: never): Promise<unknown> => {
        calls += 1;
        return calls <= 2
          ? Promise.reject(new Error('the database is busy'))
          : (activity as (r: never) => Promise<unknown>)(request);
      };
      return [name, call];
    }),
  );
}
