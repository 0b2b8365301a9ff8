import type { Settlement } from '../../src/domain/settlement';
import { expectCoherent } from '../support/expect-coherent';
import { suspend } from '../support/pull-plug';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, failureOf, startSkippingTime } from '../support/workflow-page';

const RETRY_ATTEMPTS = 2;
const engine = new TestEngine({ settlement: { retry_attempts: RETRY_ATTEMPTS, retry_delay_seconds: 1 } });
const OPS = { actor: 'ops', reason: 'a test' };

afterEach(() => expectCoherent(engine.database.pool));

describe('a settlement that is short of cash', () => {
  it('settles at its next attempt when the cash has come', async () => {
    const { world } = engine;
    const { buyer, event } = await shortOf('50');
    const handle = await engine.start(event);
    const failed = await engine.until(event.trade_id, (s) => s.status === 'failed');
    expect(failed).toMatchObject({ failure_code: 'INSUFFICIENT_CASH', attempt: 1, parked_since: null });
    expect(failed.next_attempt_at).not.toBeNull();
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '50', reserved: '0' });

    await world.adjust(buyer, 'USDT', '50');

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
    const settled = await engine.until(event.trade_id, (s) => s.status === 'settled');
    expect(settled).toMatchObject({ attempt: 2, retry_count: 1, failure_code: null, failure_reason: null });
    expect(await eventTypesOf(handle)).toContain('TIMER_FIRED');
  });

  it(`parks after ${1 + RETRY_ATTEMPTS} attempts, and after each one by hand at once again`, async () => {
    const { world } = engine;
    const { buyer, event } = await shortOf('50');
    const handle = await engine.start(event);
    const isParked = (s: Settlement): boolean => s.parked_since !== null;

    const parked = await engine.until(event.trade_id, isParked);
    expect(parked).toMatchObject({ attempt: 1 + RETRY_ATTEMPTS, retry_count: RETRY_ATTEMPTS, next_attempt_at: null });
    expect(parked.failure_reason).toMatch(/has 50 USDT free and needs 100: 50 short\.$/);
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '50', reserved: '0' });

    const retried = await handle.executeUpdate<Settlement, [typeof OPS]>('retrySettlement', { args: [OPS] });
    expect(retried).toMatchObject({ status: 'initiated', attempt: 2 + RETRY_ATTEMPTS, parked_since: null });
    const again = await engine.until(event.trade_id, (s) => isParked(s) && s.attempt === 2 + RETRY_ATTEMPTS);
    expect(again).toMatchObject({ retry_count: 1 + RETRY_ATTEMPTS, next_attempt_at: null });
    expect((await world.events(again)).slice(-4)).toEqual([
      'step failed>initiated',
      'step initiated>seller_securities_locked',
      'step seller_securities_locked>failed',
      'parked failed',
    ]);

    await engine.engine.commands.send('cancel', event.trade_id, OPS);
    await expect(failureOf(handle)).resolves.toMatchObject({ type: 'CANCELLED' });
  });

  it('is closed as failed when five business days have passed, with the cause as the type', async () => {
    const { event } = await shortOf('50');

    const handle = await startSkippingTime(engine, event);

    const failure = await failureOf(handle);
    const row = await engine.until(event.trade_id, (s) => s.closed_at !== null);
    expect(failure).toMatchObject({
      type: 'INSUFFICIENT_CASH',
      message: row.failure_reason,
      details: [{ trade_id: event.trade_id, status: 'failed' }],
    });
    expect(row).toMatchObject({ attempt: 1 + RETRY_ATTEMPTS, failure_code: 'INSUFFICIENT_CASH' });
    const afterDays = (Date.parse(row.deadline_at) - Date.parse(row.settlement_date)) / 86_400_000;
    expect(afterDays).toBe(6);
    expect((await engine.world.events(row)).slice(-2)).toEqual(['parked failed', 'closed failed']);
  });
});

describe('a failure that is not retried', () => {
  it('parks at once; activated and retried by hand, it settles', async () => {
    const { world } = engine;
    const { buyer, event } = await shortOf('100');
    await suspend(world.pool, buyer);

    const handle = await engine.start(event);

    const parked = await engine.until(event.trade_id, (s) => s.parked_since !== null);
    expect(parked).toMatchObject({ failure_code: 'ACCOUNT_NOT_ACTIVE', attempt: 1, retry_count: 0 });
    await suspend(world.pool, buyer, 'active');
    await handle.executeUpdate('retrySettlement', { args: [OPS] });
    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
  });
});

describe('an attempt that ops asked for', () => {
  it('parks again at once when it fails, although the engine has attempts left', async () => {
    const { world } = engine;
    const { buyer, event } = await shortOf('50');
    await suspend(world.pool, buyer);
    const handle = await engine.start(event);
    await engine.until(event.trade_id, (s) => s.parked_since !== null);
    await suspend(world.pool, buyer, 'active');

    await handle.executeUpdate('retrySettlement', { args: [OPS] });

    const again = await engine.until(event.trade_id, (s) => s.status === 'failed' && s.attempt === 2);
    expect(again).toMatchObject({ failure_code: 'INSUFFICIENT_CASH', next_attempt_at: null });
    expect(again.parked_since).not.toBeNull();
    await handle.executeUpdate('cancelSettlement', { args: [OPS] });
    await expect(failureOf(handle)).resolves.toMatchObject({ type: 'CANCELLED' });
  });
});

async function shortOf(cash: string) {
  const seller = await engine.world.account({ BTC: '10' });
  const buyer = await engine.world.account({ USDT: cash });
  return { buyer, seller, event: engine.world.trade({ buyer, seller, quantity: '1', price: '100' }) };
}
