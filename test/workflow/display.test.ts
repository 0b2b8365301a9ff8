import { one, type TradeTerms } from '../support/ledger-world';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { currentDetails, eventually, searchAttributesOfRun, submit } from '../support/workflow-page';

const engine = new TestEngine({ settlement: { retry_attempts: 0 } });
const OPS = { actor: 'ops', reason: 'a test' };

afterEach(() => expectCoherent(engine.database.pool));

async function tradeOf({ cash = '1000', ...more }: Partial<TradeTerms> & { cash?: string } = {}) {
  const seller = await engine.world.account({ BTC: '10' });
  const buyer = await engine.world.account({ USDT: cash });
  const event = engine.world.trade({ buyer, seller, quantity: '1.25', price: '64000', ...more });
  return { buyer, seller, event };
}

describe('what ops read on the page of a settlement', () => {
  it('says in a list who buys what from whom', async () => {
    const { event } = await tradeOf({ cash: '80000' });

    const handle = await submit(engine, event);

    const row = await engine.until(event.trade_id, (s) => s.status === 'settled');
    const { buyer_account_number: buyer, seller_account_number: seller } = row;
    expect(await (await handle.describe()).staticSummary()).toBe(
      `BTC-USDT 1.25 @ 64,000: ${buyer} buys from ${seller}`,
    );
    expect(await currentDetails(handle)).toBe(
      `BTC-USDT 1.25 @ 64,000: ${buyer} buys from ${seller}\n\n**Settled** at ${shown(row.settled_at)}. ` +
        `Ledger transaction ${String(row.dvp_atomic_transaction_id)}.`,
    );
  });

  it('says of a parked one what is short, until when it may be mended, and how', async () => {
    const { event } = await tradeOf({ cash: '79400', buyer_commission: '40' });

    const handle = await submit(engine, event);

    const row = await engine.until(event.trade_id, (s) => s.parked_since !== null);
    expect((await currentDetails(handle)).split('\n\n').slice(1)).toEqual([
      `**Parked** since ${shown(row.parked_since)} (INSUFFICIENT_CASH). Closes as failed at ${shown(row.deadline_at)}.`,
      `Buyer ${row.buyer_account_number} has 79400 USDT free and needs 80040: 640 short.`,
      'This was its first attempt.',
      '**Do:** Fund the buyer, then retry the settlement, or cancel it. Updates: retrySettlement, cancelSettlement.',
    ]);
  });

  it('says what a settlement waits for: its date, a trade earlier in line, a resume', async () => {
    const dated = await tradeOf({ settlement_date: '2099-12-31' });
    const handle = await submit(engine, dated.event);
    await expectDetails(handle, '**Waiting** in pending for its settlement date, 2099-12-31.');

    await engine.engine.commands.send('pause', dated.event.trade_id, OPS);
    await expectDetails(
      handle,
      '**Paused** in pending.\n\n**Do:** send the Update resumeSettlement when it may go on, or cancelSettlement.',
    );
    await engine.engine.commands.send('cancel', dated.event.trade_id, OPS);

    const { world } = engine;
    const { buyer, seller } = await tradeOf({ cash: '80000' });
    const earlier = one(await world.accept({ buyer, seller, quantity: '9.5', price: '1' })).trade_id;
    const second = await submit(engine, world.trade({ buyer, seller, quantity: '1', price: '1000' }));
    const tradeId = second.workflowId.replace('settlement-', '');
    const row = await engine.until(tradeId, (s) => s.waiting_since !== null);
    await expectDetails(
      second,
      `**Waiting** since ${shown(row.waiting_since)} in initiated for trade ${earlier}, which is earlier in line for the BTC of account ${row.seller_account_number}.`,
    );
    for (const id of [earlier, tradeId]) await engine.engine.commands.send('cancel', id, OPS);
  });
});

describe('what ops filter settlements by', () => {
  it('names the failure while it lasts, and takes it away when the settlement goes on', async () => {
    const { buyer, event } = await tradeOf({ cash: '79400' });
    const handle = await submit(engine, event);
    const parked = await engine.until(event.trade_id, (s) => s.parked_since !== null);
    await expectAttributes(handle, {
      SettlementPhase: 'parked',
      SettlementStatus: 'failed',
      FailureCode: 'INSUFFICIENT_CASH',
      ParkedSince: new Date(parked.parked_since ?? ''),
      RetryCount: 0,
    });

    await engine.world.adjust(buyer, 'USDT', '1000');
    await handle.executeUpdate('retrySettlement', { args: [OPS] });
    await handle.result();

    const attributes = await searchAttributesOfRun(handle);
    expect(attributes).toMatchObject({ SettlementPhase: 'closed', SettlementStatus: 'settled', RetryCount: 1 });
    expect(attributes).not.toHaveProperty('FailureCode');
    expect(attributes).not.toHaveProperty('ParkedSince');
  });

  it('tells a cancelled one by its code', async () => {
    const { event } = await tradeOf({ settlement_date: '2099-12-31' });
    const handle = await submit(engine, event);
    await engine.engine.commands.send('cancel', event.trade_id, OPS);

    await handle.result().catch(() => undefined);

    await expectAttributes(handle, {
      SettlementPhase: 'closed',
      SettlementStatus: 'failed',
      FailureCode: 'CANCELLED',
      SettlementDate: new Date('2099-12-31'),
    });
  });
});

type Handle = Awaited<ReturnType<typeof submit>>;

/** The row is ahead of the page by a workflow task. */
async function expectDetails(handle: Handle, ...parts: string[]): Promise<void> {
  await eventually(async () => {
    const text = await currentDetails(handle);
    for (const part of parts) expect(text).toContain(part);
  });
}

async function expectAttributes(handle: Handle, attributes: Record<string, unknown>): Promise<void> {
  await eventually(async () => expect(await searchAttributesOfRun(handle)).toMatchObject(attributes));
}

function shown(time: string | null): string {
  return `${String(time).slice(0, 10)} ${String(time).slice(11, 19)} UTC`;
}
