import type { TradeEvent } from '../../src/domain/trade';
import { FEES_ACCOUNT } from '../support/accounts';
import { testDatabase } from '../support/database';
import { LedgerWorld, one } from '../support/ledger-world';

const world = new LedgerWorld(testDatabase());
let buyer: string;
let seller: string;

beforeAll(async () => {
  await world.setUp();
  seller = await world.account({ BTC: '100' });
  buyer = await world.account({ USDT: '100000' });
});
afterEach(() => world.expectCoherent());

const trade = (over: Partial<TradeEvent> = {}): TradeEvent => ({
  ...world.trade({ buyer, seller, quantity: '1', price: '100' }),
  ...over,
});
const results = (answers: readonly { result: string }[]) => answers.map((answer) => answer.result);

describe('the order of acceptance', () => {
  it('is the position in the set, whatever the trade ids', async () => {
    const ids = Array.from({ length: 200 }, (_, n) => `ORDER-${String((n * 7919) % 200).padStart(3, '0')}`);
    const answers = await world.acceptAll(ids.map((trade_id) => trade({ trade_id })));
    const seqs = answers.map((answer) => ('settlement' in answer ? Number(answer.settlement.accept_seq) : -1));
    expect(seqs).toEqual([...seqs].sort((left, right) => left - right));
    expect(new Set(seqs).size).toBe(200);
    expect(answers.map((answer) => answer.trade_id)).toEqual(ids);
  });

  it('goes on from one chunk to the next', async () => {
    const seqs: bigint[] = [];
    for (let chunk = 0; chunk < 5; chunk += 1) {
      const answers = await world.acceptAll(Array.from({ length: 20 }, () => trade()));
      seqs.push(...answers.map((answer) => ('settlement' in answer ? BigInt(answer.settlement.accept_seq) : -1n)));
    }
    expect(seqs.every((seq, n) => n === 0 || seq > (seqs[n - 1] ?? seq))).toBe(true);
  });

  it('takes what is new in a chunk of which a part is known', async () => {
    const [a, b, c] = [trade(), trade(), trade()];
    await world.acceptAll([b]);
    const answers = await world.acceptAll([a, b, c]);
    expect(results(answers)).toEqual(['accepted', 'known', 'accepted']);
  });
});

describe('one trade id several times in a set', () => {
  it('is accepted once; the same terms are known, others a conflict', async () => {
    const first = trade({ price: '100.00' });
    const answers = await world.acceptAll([first, { ...first, price: '100' }, { ...first, price: '101' }, first]);
    expect(results(answers)).toEqual(['accepted', 'known', 'conflict', 'known']);
  });

  it('a refused one leaves nothing behind: the corrected one after it is accepted', async () => {
    const wrong = trade({ quantity: '1.123456789' });
    const right = { ...wrong, quantity: '1.12345678' };
    const answers = await world.acceptAll([wrong, right, wrong, { ...right, price: '99' }, right]);
    expect(results(answers)).toEqual(['refused', 'accepted', 'conflict', 'conflict', 'known']);
    expect(answers[0]).toMatchObject({ refusal: { code: 'TOO_MANY_DECIMALS', field: 'quantity' } });
  });

  it('so does one whose account does not exist', async () => {
    const wrong = trade({ buyer_account_id: '00000000-0000-4000-8000-00000000dead' });
    const answers = await world.acceptAll([wrong, { ...wrong, buyer_account_id: buyer }, wrong]);
    expect(results(answers)).toEqual(['refused', 'accepted', 'conflict']);
  });
});

describe('nothing is written', () => {
  const known = 'KNOWN';
  let first: TradeEvent;
  beforeAll(async () => {
    first = trade({ trade_id: known, buyer_commission: '1', settlement_date: '2099-01-01' });
    await world.acceptAll([first]);
  });

  const OTHER_TERMS: Record<string, Partial<TradeEvent>> = {
    'another price': { price: '100.01' },
    'another quantity': { quantity: '1.00000001' },
    'another pair': { trading_pair: 'ETH-BTC' },
    'another buy order': { buy_order_id: '00000000-0000-4000-8000-000000000b01' },
    'another sell order': { sell_order_id: '00000000-0000-4000-8000-000000000501' },
    'no commission': { buyer_commission: undefined },
    'another trade time': { trade_timestamp: 1 },
    'no date': { settlement_date: undefined },
    'an explicit allow_partial': { allow_partial: false },
    'what would be refused if it were new': { quantity: '0' },
  };

  it.each(Object.keys(OTHER_TERMS))('by a conflict: %s', async (name) => {
    const before = await world.everything();
    const answer = one(await world.acceptAll([{ ...first, ...OTHER_TERMS[name] }]));
    expect(answer).toMatchObject({ result: 'conflict', refusal: { code: 'TRADE_CONFLICT', field: 'trade_id' } });
    expect(await world.everything()).toEqual(before);
  });

  it('by the parties exchanged', async () => {
    const before = await world.everything();
    const swapped = { ...first, buyer_account_id: seller, seller_account_id: buyer };
    expect(results(await world.acceptAll([swapped]))).toEqual(['conflict']);
    expect(await world.everything()).toEqual(before);
  });

  it('by a replay, with another event id, time and way to write the numbers', async () => {
    const before = await world.everything();
    const again = { ...first, event_id: '00000000-0000-4000-8000-000000000e01', timestamp: 1, price: '100.0' };
    const answer = one(await world.acceptAll([{ ...again, seller_commission: '0', buyer_commission: '1.000' }]));
    expect(answer).toMatchObject({ result: 'known', settlement: { trade_id: known, status: 'pending' } });
    expect(await world.everything()).toEqual(before);
  });

  const REFUSED: Record<string, [Partial<TradeEvent>, string, string | null]> = {
    'an unknown buyer': [
      { buyer_account_id: '00000000-0000-4000-8000-00000000dead' },
      'UNKNOWN_ACCOUNT',
      'buyer_account_id',
    ],
    'an unknown seller': [
      { seller_account_id: '00000000-0000-4000-8000-00000000dead' },
      'UNKNOWN_ACCOUNT',
      'seller_account_id',
    ],
    'a system account': [{ seller_account_id: FEES_ACCOUNT }, 'NOT_A_CUSTOMER', 'seller_account_id'],
    'an unknown instrument': [{ trading_pair: 'BTC-GOLD' }, 'UNKNOWN_INSTRUMENT', 'trading_pair'],
    'too many decimals': [{ price: '100.001' }, 'TOO_MANY_DECIMALS', 'price'],
    'a commission above the amount': [
      { seller_commission: '100.000001' },
      'COMMISSION_ABOVE_AMOUNT',
      'seller_commission',
    ],
    'a date in the past': [{ settlement_date: '2020-01-01' }, 'DATE_IN_PAST', 'settlement_date'],
    'a product of zero': [{ price: '0.01', quantity: '0.00000001' }, 'ZERO_AMOUNT', 'quantity'],
    'an amount of 1e20': [{ price: '99999999999', quantity: '99999999999' }, 'OUT_OF_RANGE', 'quantity'],
  };

  it.each(Object.keys(REFUSED))('by a refusal: %s', async (name) => {
    const [over, code, field] = REFUSED[name] ?? [{}, '', null];
    const before = await world.everything();
    const answer = one(await world.acceptAll([trade(over)]));
    expect(answer).toMatchObject({ result: 'refused', refusal: { code, field } });
    expect(await world.everything()).toEqual(before);
  });

  it('for the one bad line of a set, and everything for the others', async () => {
    const good = [trade(), trade()];
    const [bad] = Object.values(REFUSED)[0] ?? [{}];
    const answers = await world.acceptAll([...good.slice(0, 1), trade(bad), ...good.slice(1)]);
    expect(results(answers)).toEqual(['accepted', 'refused', 'accepted']);
  });

  it('when the transaction fails in its last statement', async () => {
    await world.database.asSuperuser((client) =>
      client.query(`
        create function fail_here() returns trigger language plpgsql as $$ begin raise exception 'pulled plug'; end $$;
        create trigger fail_here before insert on outbox execute function fail_here()`),
    );
    const before = await world.everything();
    await expect(world.acceptAll([trade()])).rejects.toThrow('pulled plug');
    expect(await world.everything()).toEqual(before);
    await world.database.asSuperuser((client) => client.query('drop function fail_here() cascade'));
  });
});
