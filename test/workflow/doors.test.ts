import { WorkflowFailedError } from '@temporalio/client';
import { z } from 'zod/v4';
import type { TradeEvent } from '../../src/domain/trade';
import { sql } from '../../src/postgres/sql';
import { doubleSwaps } from '../support/digest';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';

/**
 * With a sweeper: a plain start with other terms may hold the workflow's id just when the accepted trade's door makes sure that
 * one runs; it ends as a conflict, and takes that wake along.
 */
const engine = new TestEngine({ sweeper: { interval_ms: 300, untouched_ms: 1_500 } });
const { world, database } = engine;

afterEach(() => expectCoherent(database.pool));

async function newTrade(): Promise<TradeEvent> {
  const seller = await world.account({ BTC: '10' });
  const buyer = await world.account({ USDT: '1000' });
  return world.trade({ buyer, seller, quantity: '2', price: '100' });
}

/** The matching engine's door: a plain start. Says what became of it, 'running' when the same trade is under way. */
async function byPlainStart(event: TradeEvent): Promise<string> {
  try {
    const handle = await engine.start(event);
    await handle.result();
    return 'settled';
  } catch (error) {
    if (error instanceof WorkflowFailedError) return (error.cause as { type?: string }).type ?? 'failed';
    if ((error as Error).name === 'WorkflowExecutionAlreadyStartedError') return 'running';
    throw error;
  }
}

/** The door of files, the CLI and the API: accept the row, then make sure that its workflow runs. */
async function byIntake(event: TradeEvent): Promise<string> {
  const answer = await engine.engine.intake.acceptOne(event, { as_of: new Date(), actor: 'test' });
  if ('refusal' in answer) return answer.refusal.code;
  await engine.ensureRunning(event.trade_id);
  return answer.result;
}

function atOnce(count: number, ...submits: readonly (() => Promise<string>)[]): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => submits[i % submits.length]?.() ?? Promise.resolve('none')),
  );
}

function settlementsOf(tradeId: string): Promise<readonly { price: string; status: string }[]> {
  return database.pool.any(sql.type(z.object({ price: z.string(), status: z.string() }))`
    select price, status::text from settlement_rows where trade_id = ${tradeId}`);
}

const wordsOf = (answers: readonly string[]): readonly string[] => [...new Set(answers)].sort();

describe('one trade by every door', () => {
  it('50 times at once is one settlement; then another price is a conflict at each door, and nothing moves', async () => {
    const event = await newTrade();

    const answers = await atOnce(
      50,
      () => byPlainStart(event),
      () => byIntake({ ...event, event_id: 'again' }),
    );

    await engine.until(event.trade_id, (s) => s.status === 'settled');
    expect(answers.filter((answer) => answer === 'accepted').length).toBeLessThanOrEqual(1);
    expect(['accepted', 'known', 'running', 'settled']).toEqual(expect.arrayContaining([...wordsOf(answers)]));
    expect(await settlementsOf(event.trade_id)).toEqual([{ price: '100', status: 'settled' }]);
    expect(await world.available(event.seller_account_id, 'USDT')).toBe('200');
    expect(await world.available(event.buyer_account_id, 'BTC')).toBe('2');
    expect(await doubleSwaps(database.pool)).toBe(0);
    await engine.handle(event.trade_id).result();

    const before = await world.everything();
    const dearer = { ...event, price: '100.01' };
    expect(await byIntake(dearer)).toBe('TRADE_CONFLICT');
    expect(await byPlainStart(dearer)).toBe('TRADE_CONFLICT');
    expect(await world.everything()).toEqual(before);

    // The same terms in other words are no conflict, and a second run answers with the outcome of the first.
    expect(await byPlainStart({ ...event, quantity: '2.0' })).toBe('settled');
    expect(await byIntake({ ...event, price: '100.00' })).toBe('known');
    expect(await world.everything()).toEqual(before);
  });

  it('with two prices at once settles one of them, and calls the other a conflict', async () => {
    const event = await newTrade();
    const dearer = { ...event, price: '101' };

    const answers = await atOnce(
      48,
      () => byIntake(event),
      () => byIntake(dearer),
      () => byPlainStart(event),
      () => byPlainStart(dearer),
    );

    await engine.until(event.trade_id, (s) => s.status === 'settled');
    const [settled, ...others] = await settlementsOf(event.trade_id);
    expect(others).toEqual([]);
    expect(settled?.status).toBe('settled');
    expect(answers.filter((answer) => answer === 'TRADE_CONFLICT').length).toBeGreaterThanOrEqual(12);
    const moved = settled?.price === '100' ? '200' : '202';
    expect(await world.available(event.seller_account_id, 'USDT')).toBe(moved);
  });
});
