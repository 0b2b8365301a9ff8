import { expectCoherent } from '../support/expect-coherent';
import { one } from '../support/ledger-world';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, failureOf, startSkippingTime, submit } from '../support/workflow-page';

const engine = new TestEngine();
const OPS = { actor: 'ops', reason: 'a test' };
const DAY_MS = 86_400_000;

afterEach(() => expectCoherent(engine.database.pool));

describe('a settlement that waits in line', () => {
  it('is woken by the credit of an earlier trade, long before its own timer', async () => {
    const { world } = engine;
    const [seller, middle, buyer] = [
      await world.account({ BTC: '2' }),
      await world.account({ USDT: '100' }),
      await world.account({ USDT: '300' }),
    ];
    // Accepted but not started: in line, and its credit of 2 BTC still to come.
    const first = world.trade({ seller, buyer: middle, quantity: '2', price: '50' });
    await world.acceptAll([first]);
    const second = world.trade({ seller: middle, buyer, quantity: '2', price: '150' });
    const waiter = await engine.start(second);
    await engine.until(second.trade_id, (s) => s.waiting_since !== null);

    await submit(engine, first);

    const settled = await engine.until(second.trade_id, (s) => s.status === 'settled', 10_000);
    expect(settled).toMatchObject({ retry_count: 0, waiting_since: null });
    await waiter.result();
    expect(await eventTypesOf(waiter)).not.toContain('TIMER_FIRED');
    expect(await world.balance(buyer, 'BTC')).toEqual({ available: '2', reserved: '0' });
  });

  it('is woken when the earlier one is cancelled, and the next behind it when it has locked', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '10' });
    const buyer = await world.account({ USDT: '1000' });
    const first = one(await world.accept({ seller, buyer, quantity: '8', price: '1' }));
    const waiters = [
      world.trade({ seller, buyer, quantity: '4', price: '1' }),
      world.trade({ seller, buyer, quantity: '3', price: '1' }),
    ];
    const handles = [];
    for (const event of waiters) {
      handles.push(await engine.start(event));
      await engine.until(event.trade_id, (s) => s.waiting_since !== null);
    }

    await engine.engine.commands.send('cancel', first.trade_id, OPS);

    for (const handle of handles) {
      await engine.until(handle.workflowId.slice('settlement-'.length), (s) => s.status === 'settled', 10_000);
      await handle.result();
      expect(await eventTypesOf(handle)).not.toContain('TIMER_FIRED');
    }
  });

  it('fails only when no earlier trade can help any more, and is told so at once', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '10' });
    const buyer = await world.account({ USDT: '1000' });
    const first = world.trade({ seller, buyer, quantity: '8', price: '1' });
    await world.acceptAll([first]);
    const second = world.trade({ seller, buyer, quantity: '4', price: '1' });
    const waiter = await engine.start(second);
    await engine.until(second.trade_id, (s) => s.waiting_since !== null);

    await submit(engine, first);

    const failed = await engine.until(second.trade_id, (s) => s.status === 'failed', 10_000);
    expect(failed).toMatchObject({ failure_code: 'INSUFFICIENT_SECURITIES', attempt: 1 });
    expect(failed.failure_reason).toMatch(/has 2 BTC free and needs 4: 2 short\.$/);
    await waiter.executeUpdate('cancelSettlement', { args: [OPS] });
    await expect(failureOf(waiter)).resolves.toMatchObject({ type: 'CANCELLED' });
  });
});

describe('a settlement that waits for its date', () => {
  it('settles as soon as its date has come, and not before', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '2' });
    const buyer = await world.account({ USDT: '100' });
    const settlement_date = new Date(Date.now() + 3 * DAY_MS).toISOString().slice(0, 10);
    const dated = { seller, buyer, quantity: '1', price: '50', settlement_date };

    const waiting = await engine.start(world.trade(dated));
    const event = world.trade(dated);
    const skipping = await startSkippingTime(engine, event);

    await expect(skipping.result()).resolves.toMatchObject({ status: 'settled' });
    expect(await eventTypesOf(skipping)).toContain('TIMER_FIRED');
    const pending = await engine.until(waiting.workflowId.slice('settlement-'.length), () => true);
    expect(pending).toMatchObject({ status: 'pending', settlement_date, intended_settlement_date: settlement_date });
    const { executionTime, startTime } = await skipping.describe();
    expect((executionTime ?? startTime).getTime()).toBeLessThan(Date.now());
  });
});

describe('a settlement that is paused', () => {
  it('waits for the resume, holds and all, and then goes on', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '2' });
    const buyer = await world.account({ USDT: '100' });
    const row = await world.settlementIn('buyer_cash_locked', { seller, buyer, quantity: '1', price: '50' });
    await engine.engine.commands.send('pause', row.id, OPS);
    const handle = engine.handle(row.trade_id);
    await engine.until(row.trade_id, (s) => s.paused);
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '50', reserved: '50' });

    await engine.engine.commands.send('resume', row.trade_id, OPS);

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    expect(await eventTypesOf(handle)).not.toContain('TIMER_STARTED');
    expect(await world.events(row)).toEqual([
      'step >pending',
      'step pending>initiated',
      'step initiated>seller_securities_locked',
      'step seller_securities_locked>buyer_cash_locked',
      'paused buyer_cash_locked',
      'resumed buyer_cash_locked',
      'step buyer_cash_locked>executing',
      'step executing>confirmed',
      'step confirmed>settled',
    ]);
  });
});
