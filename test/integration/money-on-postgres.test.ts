import type { Settlement } from '../../src/domain/settlement';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf, type TradeTerms } from '../support/ledger-world';

/** Unfriendly numbers end to end: accepted, held, swapped, read back. */
const world = new LedgerWorld(testDatabase());
let seller: string;
let buyer: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  seller = await world.account();
  buyer = await world.account();
});
afterEach(() => world.expectCoherent());

const LARGEST = '99999999999999999999.999999999999999999';
const SMALLEST = '0.000000000000000001';

/** Gives both exactly what the trade takes, settles it, and says what they have then. */
async function settle(terms: Omit<TradeTerms, 'buyer' | 'seller'>, cash: string): Promise<Settlement> {
  const [base = '', quote = ''] = (terms.symbol ?? '').split('-');
  await world.adjust(seller, base, terms.quantity);
  await world.adjust(buyer, quote, cash);
  const settled = await world.settlementIn('settled', { buyer, seller, ...terms });
  expect(await world.balance(seller, base)).toEqual({ available: '0', reserved: '0' });
  expect(await world.balance(buyer, quote)).toEqual({ available: '0', reserved: '0' });
  return settled;
}

describe('amounts', () => {
  const CASES: [string, string, string, string, string][] = [
    ['WEI-ATTO', LARGEST, '1', LARGEST, 'the largest of 18 decimals'],
    ['WEI-ATTO', '1', SMALLEST, SMALLEST, 'the smallest of 18 decimals'],
    ['WEI-ATTO', LARGEST, SMALLEST, '100', 'the largest times the smallest, rounded up'],
    ['WEI-ATTO', '0.000000001', '0.000000001', SMALLEST, 'a product of exactly one unit'],
    ['WEI-ATTO', '0.0000000015', '0.000000001', '0.000000000000000002', 'a tie to the even neighbour above'],
    ['WEI-ATTO', '0.0000000025', '0.000000001', '0.000000000000000002', 'a tie to the even neighbour below'],
    ['GOLD-YEN', '99999999999999999999', '1', '99999999999999999999', 'scale 0, twenty digits'],
    ['ETH-BTC', '0.0001', '0.00005', '0.00000000', 'half a unit of the cash scale'],
    ['ETH-BTC', '0.0003', '0.00005', '0.00000002', 'one and a half units, to the even neighbour'],
    ['ETH-BTC', '0.0005', '0.00005', '0.00000002', 'two and a half units, to the even neighbour'],
  ];

  it.each(CASES)('%s: %s at %s is %s (%s)', async (symbol, quantity, price, amount) => {
    const event = world.trade({ buyer, seller, symbol, quantity, price });
    if (Number(amount) === 0) {
      const answer = one(await world.acceptAll([event]));
      expect(answer).toMatchObject({ result: 'refused', refusal: { code: 'ZERO_AMOUNT' } });
      return;
    }
    const settled = await settle({ symbol, quantity, price }, amount);
    expect(settled).toMatchObject({ amount, quantity, price });
    const [base = '', quote = ''] = symbol.split('-');
    expect(await world.available(buyer, base)).toBe(quantity);
    expect(await world.available(seller, quote)).toBe(amount);
  });
});

describe('commissions', () => {
  it('of the whole amount: the seller is credited zero, the buyer pays double, and the ref is there', async () => {
    const settled = await settle(
      { symbol: 'BTC-USDT', quantity: '1', price: '10', buyer_commission: '10', seller_commission: '10' },
      '20',
    );
    expect(settled.seller_cash_ledger_ref).not.toBeNull();
    expect(await world.available(seller, 'USDT')).toBe('0');
  });

  it('of one unit of 18 decimals each', async () => {
    await settle(
      { symbol: 'WEI-ATTO', quantity: '1', price: '1', buyer_commission: SMALLEST, seller_commission: SMALLEST },
      '1.000000000000000001',
    );
    expect(await world.available(seller, 'ATTO')).toBe('0.999999999999999999');
  });

  it('trailing zeros change nothing', async () => {
    const settled = await settle(
      {
        symbol: 'BTC-USDT',
        quantity: '1.00000000',
        price: '10.00',
        buyer_commission: '0.100000',
        seller_commission: '0.000000',
      },
      '10.1',
    );
    expect(settled).toMatchObject({
      quantity: '1',
      price: '10',
      amount: '10',
      buyer_commission: '0.1',
      seller_commission: '0',
    });
  });
});

describe('a unit too little', () => {
  it('of 18 decimals is short by exactly that', async () => {
    await world.adjust(seller, 'WEI', '99999999999999999999.999999999999999998');
    const row = await world.settlementIn('initiated', {
      symbol: 'WEI-ATTO',
      buyer,
      seller,
      quantity: LARGEST,
      price: SMALLEST,
    });
    const answer = await world.step(row);
    expect(answer).toMatchObject({ outcome: 'rejected', code: 'INSUFFICIENT_SECURITIES' });
    expect(answer.reason).toContain(`needs ${LARGEST}: ${SMALLEST} short.`);
    await world.abort(answer, row);
  });
});

describe('a balance that would reach 1e20', () => {
  it('by ops’ credit: refused, and nothing is written', async () => {
    await world.adjust(seller, 'WEI', LARGEST);
    const before = await world.everything();
    expect(await world.adjust(seller, 'WEI', SMALLEST)).toMatchObject({ outcome: 'too_large', available: LARGEST });
    await expect(world.adjust(seller, 'WEI', '1e20')).rejects.toThrow();
    await expect(world.adjust(seller, 'WEI', 'NaN')).rejects.toThrow();
    await expect(world.adjust(seller, 'WEI', '0.0000000000000000001')).rejects.toThrow('amount_scale_at_most_18');
    expect(await world.everything()).toEqual(before);
  });

  it('by a swap: refused whole, and the settlement parks', async () => {
    await world.adjust(seller, 'WEI', '1');
    await world.adjust(buyer, 'ATTO', '1');
    await world.adjust(buyer, 'WEI', LARGEST);
    const row = await world.settlementIn('buyer_cash_locked', {
      symbol: 'WEI-ATTO',
      buyer,
      seller,
      quantity: '1',
      price: '1',
    });
    const before = await world.everything();
    const answer = await world.step(row);
    expect(answer).toMatchObject({ outcome: 'rejected', code: 'BALANCE_LIMIT' });
    expect(await world.everything()).toEqual(before);
    expect(rowOf(await world.abort(answer, row))).toMatchObject({ status: 'failed', failure_code: 'BALANCE_LIMIT' });
    expect(await world.balance(seller, 'WEI')).toEqual({ available: '1', reserved: '0' });
  });

  it('by available and reserved together: a hold can always be given back', async () => {
    await world.adjust(seller, 'WEI', '90000000000000000000');
    await world.adjust(buyer, 'ATTO', '90000000000000000000');
    const row = await world.settlementIn('seller_securities_locked', {
      symbol: 'WEI-ATTO',
      buyer,
      seller,
      quantity: '90000000000000000000',
      price: '1',
    });
    expect(await world.adjust(seller, 'WEI', '90000000000000000000')).toMatchObject({ outcome: 'too_large' });
    expect(one(await world.ledger.cancel([refOf(row)], world.ops)).outcome).toBe('committed');
    expect(await world.available(seller, 'WEI')).toBe('90000000000000000000');
  });
});
