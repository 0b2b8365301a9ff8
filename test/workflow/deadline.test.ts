import type { TradeEvent } from '../../src/domain/trade';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { failureOf, submit } from '../support/workflow-page';

const engine = new TestEngine({ settlement: { retry_attempts: 0, deadline_seconds: 3 } });
const OPS = { actor: 'ops', reason: 'a test' };

afterEach(() => expectCoherent(engine.database.pool));

describe('the deadline of a settlement', () => {
  it('closes a parked one as failed, with the cause as the type; ops may reopen it, and it settles', async () => {
    const { buyer, event } = await shortTrade();
    const handle = await engine.start(event);
    await engine.until(event.trade_id, (s) => s.parked_since !== null);

    expect(await failureOf(handle)).toMatchObject({ type: 'INSUFFICIENT_CASH' });
    const closed = await engine.until(event.trade_id, (s) => s.closed_at !== null);
    expect(Date.parse(closed.closed_at ?? '')).toBeGreaterThanOrEqual(Date.parse(closed.deadline_at));

    await engine.world.adjust(buyer, 'USDT', '100');
    const answer = await engine.engine.commands.send('retry', event.trade_id, OPS);

    expect(answer).toMatchObject({ outcome: 'committed', settlement: { status: 'initiated', closed_at: null } });
    const settled = await engine.until(event.trade_id, (s) => s.status === 'settled');
    expect(Date.parse(settled.deadline_at)).toBeGreaterThan(Date.now());
    expect(await engine.world.events(settled)).toContain('reopened failed');
    await expect(engine.handle(event.trade_id).result()).resolves.toMatchObject({ status: 'settled' });
  });

  it('makes an attempt that fails after it final at once', async () => {
    const { event } = await shortTrade();
    const longAgo = { as_of: new Date(Date.now() - 60_000), actor: 'api' };
    await engine.engine.intake.acceptOne(event, longAgo);

    const handle = await submit(engine, event);

    expect(await failureOf(handle)).toMatchObject({ type: 'INSUFFICIENT_CASH' });
    const row = await engine.until(event.trade_id, (s) => s.closed_at !== null);
    expect((await engine.world.events(row)).slice(-2)).toEqual([
      'step seller_securities_locked>failed',
      'closed failed',
    ]);
    expect(row).toMatchObject({ attempt: 1, parked_since: null });
  });

  it('closes nothing else: a settlement that goes on after it settles', async () => {
    const { buyer, event } = await shortTrade();
    await engine.world.adjust(buyer, 'USDT', '100');
    await engine.engine.intake.acceptOne(event, { as_of: new Date(Date.now() - 60_000), actor: 'api' });

    const handle = await submit(engine, event);

    await expect(handle.result()).resolves.toMatchObject({ status: 'settled' });
  });

  it('closes a failed one that is paused, and a retry by ops lets it go on', async () => {
    const { buyer, event } = await shortTrade();
    const handle = await engine.start(event);
    await engine.until(event.trade_id, (s) => s.parked_since !== null);
    await handle.executeUpdate('pauseSettlement', { args: [OPS] });

    expect(await failureOf(handle)).toMatchObject({ type: 'INSUFFICIENT_CASH' });

    await engine.world.adjust(buyer, 'USDT', '100');
    await engine.engine.commands.send('retry', event.trade_id, OPS);
    expect(await engine.until(event.trade_id, (s) => s.status === 'settled')).toMatchObject({ paused: false });
  });
});

async function shortTrade(): Promise<{ buyer: string; event: TradeEvent }> {
  const seller = await engine.world.account({ BTC: '1' });
  const buyer = await engine.world.account({ USDT: '50' });
  return { buyer, event: engine.world.trade({ buyer, seller, quantity: '1', price: '100' }) };
}
