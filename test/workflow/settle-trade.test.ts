import { z } from 'zod/v4';
import type { TradeEvent } from '../../src/domain/trade';
import { sql } from '../../src/postgres/sql';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, failureOf, markersOf, scheduledOf, searchAttributesOfRun } from '../support/workflow-page';

const engine = new TestEngine();

afterEach(() => expectCoherent(engine.database.pool));

describe('settleTrade, started by the matching engine', () => {
  it('settles a trade and completes with its outcome', async () => {
    const { world } = engine;
    const { buyer, seller, event } = await tradeOf({ buyer_commission: '1' });

    const handle = await engine.start(event);

    const row = await engine.until(event.trade_id, (s) => s.status === 'settled');
    expect(await handle.result()).toEqual({
      settlement_id: row.id,
      trade_id: event.trade_id,
      status: 'settled',
      settled_at: row.settled_at,
      dvp_atomic_transaction_id: row.dvp_atomic_transaction_id,
    });
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '799', reserved: '0' });
    expect(await world.balance(buyer, 'BTC')).toEqual({ available: '2', reserved: '0' });
    expect(await world.balance(seller, 'USDT')).toEqual({ available: '200', reserved: '0' });
    expect(await world.balance(seller, 'BTC')).toEqual({ available: '8', reserved: '0' });
  });

  it('takes each step as a commit of its own, and the history names each', async () => {
    const { event } = await tradeOf();

    const handle = await engine.start(event);
    await handle.result();

    expect(await markersOf(handle)).toEqual([
      'Accept the trade',
      'Initiate: fix the terms',
      "Lock the seller's securities",
      "Lock the buyer's cash",
      'Execute: deliver versus payment',
      'Finalise: read the swap back',
    ]);
    expect(await scheduledOf(handle)).toEqual([]);
    expect(await commitsOf(event.trade_id)).toBeGreaterThanOrEqual(5);
  });

  it('gets its search attributes in its first task from a start without them', async () => {
    const { event } = await tradeOf();

    const handle = await engine.start(event);
    await handle.result();

    const types = await eventTypesOf(handle);
    const firstUpsert = types.indexOf('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES');
    expect(types.slice(0, firstUpsert)).not.toContain('WORKFLOW_TASK_FAILED');
    expect(types.slice(0, firstUpsert).filter((type) => type === 'WORKFLOW_TASK_COMPLETED')).toHaveLength(1);
    const row = await engine.until(event.trade_id, (s) => s.closed_at !== null);
    expect(await searchAttributesOfRun(handle)).toMatchObject({
      Accounts: [row.buyer_account_number, row.seller_account_number],
      Flow: 'settlement',
      RetryCount: 0,
      SettlementDate: new Date(row.settlement_date),
      SettlementPhase: 'closed',
      SettlementStatus: 'settled',
      Symbol: 'BTC-USDT',
    });
  });
});

describe('the same trade again', () => {
  it('answers with the outcome after it has settled, and moves nothing', async () => {
    const { world } = engine;
    const { event } = await tradeOf();
    const first: unknown = await (await engine.start(event)).result();
    const before = await world.everything();

    const again = await engine.start({ ...event, event_id: 'announced-again', price: '100.00' });

    expect(await again.result()).toEqual(first);
    expect(await world.everything()).toEqual(before);
  });

  it('is one settlement when ten start it at once', async () => {
    const { world } = engine;
    const { buyer, event } = await tradeOf();

    const starts = await Promise.allSettled(Array.from({ length: 10 }, () => engine.start(event)));
    await Promise.all(starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value.result()] : [])));

    expect(starts.some((start) => start.status === 'fulfilled')).toBe(true);
    await engine.until(event.trade_id, (s) => s.status === 'settled');
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '800', reserved: '0' });
  });

  it('is refused as a conflict with another price, and nothing moves', async () => {
    const { world } = engine;
    const { event } = await tradeOf();
    await (await engine.start(event)).result();
    const before = await world.everything();

    const failure = await failureOf(await engine.start({ ...event, price: '101' }));

    expect(failure).toMatchObject({ type: 'TRADE_CONFLICT', details: [{ code: 'TRADE_CONFLICT', field: 'trade_id' }] });
    expect(await world.everything()).toEqual(before);
  });
});

describe('a failed and closed settlement', () => {
  it('fails its workflow with the failure code, and each later start of the trade likewise', async () => {
    const { event } = await tradeOf({ settlement_date: '2099-01-01' });
    const first = await engine.start(event);
    await engine.until(event.trade_id, () => true);
    await engine.engine.commands.send('cancel', event.trade_id, { actor: 'ops', reason: 'agreed by phone' });

    const failure = await failureOf(first);
    expect(failure).toMatchObject({ type: 'CANCELLED', message: 'agreed by phone', details: [{ status: 'failed' }] });

    expect(await failureOf(await engine.start(event))).toEqual(failure);
  });
});

async function tradeOf(more: { buyer_commission?: string; settlement_date?: string } = {}) {
  const seller = await engine.world.account({ BTC: '10' });
  const buyer = await engine.world.account({ USDT: '1000' });
  const event: TradeEvent = engine.world.trade({ buyer, seller, quantity: '2', price: '100', ...more });
  return { buyer, seller, event };
}

/** In how many transactions a settlement's events were written. */
async function commitsOf(tradeId: string): Promise<number> {
  return engine.database.pool.oneFirst(sql.type(z.object({ commits: z.int() }))`
    select count(distinct e.xmin::text)::int as commits
    from settlement_events e
    join settlement_rows s on s.id = e.settlement_id
    where s.trade_id = ${tradeId}`);
}
