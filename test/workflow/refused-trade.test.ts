import { FEES_ACCOUNT } from '../support/accounts';
import { expectCoherent } from '../support/expect-coherent';
import { TestEngine } from '../support/settlement-engine';
import { eventTypesOf, failureOf } from '../support/workflow-page';

const engine = new TestEngine();
const NOBODY = '11111111-1111-4111-8111-111111111111';

interface Bad {
  readonly title: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly code: string;
  readonly field: string | null;
}

const bad = (title: string, changes: Readonly<Record<string, unknown>>, code: string, field: string | null): Bad => ({
  title,
  changes,
  code,
  field,
});

const BAD_TRADES: readonly Bad[] = [
  bad('an unknown field', { note: 'hello' }, 'UNKNOWN_FIELD', 'note'),
  bad('a field that is missing', { quantity: undefined }, 'MISSING_FIELD', 'quantity'),
  bad('a JSON number for money', { price: 100 }, 'WRONG_TYPE', 'price'),
  bad('a text for a flag', { settlement_required: 'true' }, 'WRONG_TYPE', 'settlement_required'),
  bad('an exponent', { price: '1e2' }, 'INVALID_DECIMAL', 'price'),
  bad('a plus sign', { price: '+100' }, 'INVALID_DECIMAL', 'price'),
  bad('a minus sign', { quantity: '-2' }, 'INVALID_DECIMAL', 'quantity'),
  bad('a space', { quantity: ' 2' }, 'INVALID_DECIMAL', 'quantity'),
  bad('NaN', { price: 'NaN' }, 'INVALID_DECIMAL', 'price'),
  bad('an overflow', { price: '100000000000000000000' }, 'OUT_OF_RANGE', 'price'),
  bad('an overflow of the product', { price: '99999999999', quantity: '99999999999' }, 'OUT_OF_RANGE', 'quantity'),
  bad('more decimals than the price has', { price: '100.001' }, 'TOO_MANY_DECIMALS', 'price'),
  bad('more decimals than the cash has', { buyer_commission: '0.0000001' }, 'TOO_MANY_DECIMALS', 'buyer_commission'),
  bad('a price of zero', { price: '0' }, 'ZERO_AMOUNT', 'price'),
  bad('a product that rounds to zero', { price: '0.01', quantity: '0.00000001' }, 'ZERO_AMOUNT', 'quantity'),
  bad('a commission above the amount', { seller_commission: '201' }, 'COMMISSION_ABOVE_AMOUNT', 'seller_commission'),
  bad('an unknown account', { buyer_account_id: NOBODY }, 'UNKNOWN_ACCOUNT', 'buyer_account_id'),
  bad('an account of ours', { seller_account_id: FEES_ACCOUNT }, 'NOT_A_CUSTOMER', 'seller_account_id'),
  bad('an account that is no UUID', { buyer_account_id: 'ACC-00001' }, 'INVALID_ID', 'buyer_account_id'),
  bad('an unknown instrument', { trading_pair: 'BTC-DOGE' }, 'UNKNOWN_INSTRUMENT', 'trading_pair'),
  bad('a settlement date in the past', { settlement_date: '2020-01-01' }, 'DATE_IN_PAST', 'settlement_date'),
  bad('a date that does not exist', { settlement_date: '2099-02-30' }, 'INVALID_DATE', 'settlement_date'),
  bad('a trade in the future', { trade_timestamp: Date.UTC(2099, 0) }, 'TIME_IN_FUTURE', 'trade_timestamp'),
  bad('seconds instead of milliseconds', { timestamp: 1_780_000_000 }, 'OUT_OF_RANGE', 'timestamp'),
  bad('another event', { event_type: 'OrderPlaced' }, 'INVALID_VALUE', 'event_type'),
  bad(
    'a trade that needs no settlement',
    { settlement_required: false },
    'SETTLEMENT_NOT_REQUIRED',
    'settlement_required',
  ),
  bad('a control character', { trading_pair: 'BTC\u0000USDT' }, 'INVALID_CHARACTERS', 'trading_pair'),
  bad('a lone surrogate', { event_id: 'a\ud800' }, 'INVALID_CHARACTERS', 'event_id'),
  bad('a deep value', { price: deep(2_000) }, 'WRONG_TYPE', 'price'),
  bad('a huge value', { event_id: 'x'.repeat(1_000_000) }, 'INVALID_ID', 'event_id'),
  bad('a trade id that is none', { trade_id: 'no spaces please' }, 'INVALID_ID', 'trade_id'),
  bad('a trade id that is too long', { trade_id: 'x'.repeat(129) }, 'INVALID_ID', 'trade_id'),
  bad('a trade id that is no text', { trade_id: 7 }, 'WRONG_TYPE', 'trade_id'),
];

afterEach(() => expectCoherent(engine.database.pool));

describe('a trade that is refused', () => {
  it.each(BAD_TRADES)('closes its workflow and writes nothing: $title', async ({ changes, code, field }) => {
    const { world } = engine;
    const seller = await world.account({ BTC: '10' });
    const buyer = await world.account({ USDT: '1000' });
    const before = await world.everything();

    const event = { ...world.trade({ buyer, seller, quantity: '2', price: '100' }), ...changes };
    const handle = await engine.start(event);

    const failure = await failureOf(handle);
    expect(failure).toMatchObject({ type: code, details: [{ code, field, reason: failure.message }] });
    expect(failure.message).toMatch(/^[\x20-\x7e]{10,500}$/);
    expect(await eventTypesOf(handle)).not.toContain('WORKFLOW_TASK_FAILED');
    expect(await world.everything()).toEqual(before);
  });

  it('names both parties that are one', async () => {
    const buyer = await engine.world.account({ USDT: '1000', BTC: '1' });
    const before = await engine.world.everything();

    const event = engine.world.trade({ buyer, seller: buyer.toUpperCase(), quantity: '1', price: '100' });

    expect(await failureOf(await engine.start(event))).toMatchObject({ type: 'SAME_PARTY' });
    const sameOrder = { ...engine.world.trade({ buyer, seller: NOBODY, quantity: '1', price: '100' }) };
    const orders = { buy_order_id: NOBODY, sell_order_id: NOBODY };
    expect(await failureOf(await engine.start({ ...sameOrder, ...orders }))).toMatchObject({ type: 'SAME_ORDER' });
    expect(await engine.world.everything()).toEqual(before);
  });

  it.each([
    ['nothing', []],
    ['null', [null]],
    ['a text', ['BTC-USDT 2 @ 100']],
    ['an array', [[]]],
    ['bytes', [new Uint8Array([1, 2, 3])]],
  ])('is refused when its argument is %s', async (what, args) => {
    const before = await engine.world.everything();

    const handle = await engine.engine.temporal.client.workflow.start('settleTrade', {
      workflowId: `settlement-argument-${what.replaceAll(' ', '-')}`,
      taskQueue: 'cantondex-settlement',
      args,
    });

    const failure = await failureOf(handle);
    expect(['WRONG_TYPE', 'UNKNOWN_FIELD', 'MISSING_FIELD']).toContain(failure.type);
    expect(await engine.world.everything()).toEqual(before);
  });

  it('is refused under a workflow id that is not its own, known or not', async () => {
    const { world } = engine;
    const seller = await world.account({ BTC: '10' });
    const buyer = await world.account({ USDT: '1000' });
    const event = world.trade({ buyer, seller, quantity: '2', price: '100', trade_id: 'T-own-id' });
    const before = await world.everything();

    const failure = await failureOf(await engine.start(event, 'settlement-another'));
    expect(failure).toEqual({
      type: 'WRONG_WORKFLOW_ID',
      message: 'the workflow id is not that of the trade: expected settlement-T-own-id',
      details: [expect.objectContaining({ code: 'WRONG_WORKFLOW_ID', field: 'trade_id' })],
    });
    expect(await world.everything()).toEqual(before);

    await (await engine.start(event)).result();
    const settled = await world.everything();
    expect(await failureOf(await engine.start(event, 'T-own-id'))).toMatchObject({ type: 'WRONG_WORKFLOW_ID' });
    const hostile = { ...event, trade_id: 'evil\u001b[2Jid' };
    expect((await failureOf(await engine.start(hostile, 'settlement-x'))).message).toMatch(/^[\x20-\x7e]*$/);
    expect(await world.everything()).toEqual(settled);
  });
});

function deep(levels: number): unknown {
  let value: unknown = '1';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
