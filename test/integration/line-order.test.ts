import type { Settlement } from '../../src/domain/settlement';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf, type TradeTerms } from '../support/ledger-world';

/** Ways back into the line, and in which order waiters are woken (design 5.3). */
const world = new LedgerWorld(testDatabase());
const NOW = world.now;
const DAY_MS = 86_400_000;
let anna: string;
let other: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  world.now = NOW;
  anna = await world.account({ USDT: '1000000', ETH: '1000' });
  other = await world.account({ BTC: '1000', USDT: '1000000', ETH: '1000' });
});
afterEach(() => world.expectCoherent());

/** Anna sells BTC, pays with them, gets them. */
const sells = (btc: string, more: Partial<TradeTerms> = {}): TradeTerms => ({
  symbol: 'BTC-USDT',
  seller: anna,
  buyer: other,
  quantity: btc,
  price: '100',
  ...more,
});
const pays = (btc: string, more: Partial<TradeTerms> = {}): TradeTerms => ({
  symbol: 'ETH-BTC',
  seller: other,
  buyer: anna,
  quantity: '1',
  price: btc,
  ...more,
});
const getsBtc = (btc: string): TradeTerms => ({ ...pays(btc), seller: anna, buyer: other });
const accept = async <N extends TradeTerms[]>(...terms: N) =>
  (await world.accept(...terms)) as { [K in keyof N]: Settlement };
const initiate = (row: Settlement) => world.driveTo('initiated', row);
const ask = (row: Settlement) => world.step(row);
const fail = async (row: Settlement, code: 'ACCOUNT_NOT_ACTIVE' | 'INSUFFICIENT_CASH') =>
  rowOf(one(await world.ledger.abort([{ ...refOf(row), code, reason: 'a test' }], world.engine)));

/** How an earlier settlement leaves the line, and how it comes back. */
const WAYS_BACK: Record<
  string,
  { out: (row: Settlement) => Promise<Settlement>; back: (row: Settlement) => Promise<Settlement> }
> = {
  resumed: {
    out: async (row) => rowOf(one(await world.ledger.pause([refOf(row)], world.ops))),
    back: async (row) => rowOf(one(await world.ledger.resume([refOf(row)], world.ops))),
  },
  'retried by the engine': {
    out: (row) => fail(row, 'INSUFFICIENT_CASH'),
    back: async (row) => {
      world.now = new Date(Date.parse(row.next_attempt_at ?? ''));
      return rowOf(one(await world.ledger.retryDue([refOf(row)], world.engine)));
    },
  },
  'retried by hand': {
    out: (row) => fail(row, 'ACCOUNT_NOT_ACTIVE'),
    back: async (row) => rowOf(one(await world.ledger.retry([refOf(row)], world.ops))),
  },
  reopened: {
    out: async (row) => {
      await fail(row, 'ACCOUNT_NOT_ACTIVE');
      world.now = new Date(Date.parse(row.deadline_at));
      return rowOf(one(await world.ledger.close([refOf(row)], world.engine)));
    },
    back: async (row) => rowOf(one(await world.ledger.retry([refOf(row)], world.ops))),
  },
};

describe.each(Object.keys(WAYS_BACK))('an earlier one that is %s', (way) => {
  const { out, back } = WAYS_BACK[way] ?? {
    out: (row: Settlement) => Promise.resolve(row),
    back: (row: Settlement) => Promise.resolve(row),
  };

  it('is back at its old place: a later debit waits for it again', async () => {
    await world.adjust(anna, 'BTC', '2');
    const [first, second, third] = await accept(pays('1'), sells('1'), sells('1'));
    const gone = await out(await initiate(first));
    expect(await ask(await initiate(second))).toMatchObject({ outcome: 'committed' });

    const returned = await back(gone);
    expect(returned.accept_seq).toBe(first.accept_seq);
    const waiting = await ask(await initiate(third));
    expect(waiting.outcome).toBe('waiting');
    expect(waiting.reason).toContain(`for trade ${first.trade_id}`);
    expect(await world.driveTo('settled', returned)).toMatchObject({ status: 'settled' });
    const short = await ask(await world.read(third));
    expect(short.outcome).toBe('rejected');
    await world.abort(short, await world.read(third));
  });

  it('takes nothing from a later one that has locked meanwhile', async () => {
    await world.adjust(anna, 'BTC', '1');
    const [first, second] = await accept(pays('1'), sells('1'));
    const gone = await out(await initiate(first));
    const locked = rowOf(await ask(await initiate(second)));
    const returned = await world.driveTo('seller_securities_locked', await back(gone));
    const short = await ask(returned);
    expect(short).toMatchObject({ outcome: 'rejected', code: 'INSUFFICIENT_CASH' });
    await world.abort(short, returned);
    expect(await world.read(second)).toMatchObject({ status: 'seller_securities_locked', event_seq: locked.event_seq });
    expect(await world.driveTo('settled', locked)).toMatchObject({ status: 'settled' });
  });

  it('is counted upon again: a later debit waits for its credit', async () => {
    const [credit, debit] = await accept(getsBtc('1'), sells('1'));
    const gone = await out(await initiate(credit));
    const asking = await initiate(debit);
    const returned = await back(gone);
    expect(await ask(asking)).toMatchObject({ outcome: 'waiting' });
    const ready = await world.driveTo('buyer_cash_locked', returned);
    expect((await ask(ready)).wakes).toEqual([debit.trade_id]);
    expect(await ask(asking)).toMatchObject({ outcome: 'committed' });
  });
});

it('an earlier one whose date comes is in line from that day on', async () => {
  const settlement_date = new Date(NOW.getTime() + DAY_MS).toISOString().slice(0, 10);
  await world.adjust(anna, 'BTC', '2');
  const [dated, today, tomorrow] = await accept(pays('1', { settlement_date }), sells('1'), sells('1'));
  expect(await ask(await initiate(today))).toMatchObject({ outcome: 'committed' });
  const asking = await initiate(tomorrow);
  world.now = new Date(`${settlement_date}T00:00:00Z`);
  const waiting = await ask(asking);
  expect(waiting.reason).toContain(`for trade ${dated.trade_id}`);
  expect(await world.driveTo('seller_securities_locked', dated)).toMatchObject({ status: 'seller_securities_locked' });
});

describe('who is woken', () => {
  it('the first waiter only, and each one that locks wakes the next, until one is short', async () => {
    const [credit, a, b, c] = await accept(getsBtc('2'), sells('1'), sells('1'), sells('1'));
    const rows = [await initiate(a), await initiate(b), await initiate(c)] as const;
    // Asked out of order: each waits, the last two for the one before.
    for (const row of [rows[2], rows[1], rows[0]]) expect(await ask(row)).toMatchObject({ outcome: 'waiting' });
    const ready = await world.driveTo('buyer_cash_locked', credit);
    expect((await ask(ready)).wakes).toEqual([a.trade_id]);
    // Whoever comes without being woken does not overtake.
    expect(await ask(rows[2])).toMatchObject({ outcome: 'waiting' });
    expect(await ask(rows[0])).toMatchObject({ outcome: 'committed', wakes: [b.trade_id] });
    expect(await ask(rows[1])).toMatchObject({ outcome: 'committed', wakes: [c.trade_id] });
    const short = await ask(rows[2]);
    expect(short).toMatchObject({ outcome: 'rejected', code: 'INSUFFICIENT_SECURITIES' });
    expect(await world.abort(short, rows[2])).toMatchObject({ wakes: [] });
  });

  it('a waiter that fails wakes the next, which may need less', async () => {
    await world.adjust(anna, 'BTC', '1.5');
    const [first, big, small] = await accept(sells('1'), sells('1'), sells('0.5'));
    const [begun, bigRow, smallRow] = [await initiate(first), await initiate(big), await initiate(small)];
    expect((await ask(smallRow)).reason).toContain(`for trade ${first.trade_id}`);
    expect((await ask(bigRow)).reason).toContain(`for trade ${first.trade_id}`);
    expect((await ask(begun)).wakes).toEqual([big.trade_id]);
    const short = await ask(bigRow);
    expect(short.outcome).toBe('rejected');
    expect((await ask(smallRow)).reason).toContain(`for trade ${big.trade_id}`);
    expect((await world.abort(short, bigRow)).wakes).toEqual([small.trade_id]);
    expect(await ask(smallRow)).toMatchObject({ outcome: 'committed' });
  });

  it('a small one goes first when it leaves the earlier debits covered', async () => {
    await world.adjust(anna, 'BTC', '2.5');
    const [, , small] = await accept(sells('1'), pays('1'), sells('0.5'));
    expect(await ask(await initiate(small))).toMatchObject({ outcome: 'committed' });
  });

  it('a debtor in between that locks wakes nobody who has still something to wait for', async () => {
    await world.adjust(anna, 'BTC', '1');
    const [, between, last] = await accept(getsBtc('1'), sells('1'), sells('1'));
    const waiter = await initiate(last);
    expect(await ask(waiter)).toMatchObject({ outcome: 'waiting' });
    expect(await ask(await initiate(between))).toMatchObject({ outcome: 'committed', wakes: [] });
    expect(await ask(waiter)).toMatchObject({ outcome: 'waiting' });
  });

  it('the first of each of the four balances when it leaves; of the two credited ones when it is confirmed', async () => {
    for (const end of ['cancel', 'execute'] as const) {
      const [ann, bob, rich] = [await world.account({ BTC: '1' }), await world.account({ USDT: '100' }), other];
      const btc = { quantity: '1', price: '100' };
      const [trade, ...waiters] = await world.accept(
        { seller: ann, buyer: bob, ...btc },
        { seller: ann, buyer: rich, ...btc },
        { seller: rich, buyer: bob, ...btc },
        { seller: bob, buyer: rich, ...btc },
        { seller: rich, buyer: ann, ...btc },
      );
      if (trade === undefined) throw new Error('not accepted');
      for (const waiter of waiters) {
        const driven = await world.drive(waiter);
        expect(driven.waits).toContain(`for trade ${trade.trade_id}`);
      }
      const ids = waiters.map((row) => row.trade_id);
      if (end === 'cancel') {
        const [answer] = await world.ledger.cancel([refOf(trade)], world.ops);
        expect([...(answer?.wakes ?? [])].sort()).toEqual([...ids].sort());
      } else {
        const ready = await world.driveTo('buyer_cash_locked', trade);
        expect([...(await ask(ready)).wakes].sort()).toEqual(ids.slice(2).sort());
      }
    }
  });

  it('ops’ credit wakes the first waiter; a debit, a repetition and a shortage wake nobody', async () => {
    const [, a, b] = await accept(getsBtc('1'), sells('1'), sells('1'));
    for (const row of [a, b]) await ask(await initiate(row));
    expect((await world.adjust(anna, 'BTC', '3', { key: 'wakes' })).wakes).toEqual([a.trade_id]);
    expect(await world.adjust(anna, 'BTC', '3', { key: 'wakes' })).toMatchObject({ outcome: 'known', wakes: [] });
    expect(await world.adjust(anna, 'BTC', '4', { key: 'wakes' })).toMatchObject({ outcome: 'conflict', wakes: [] });
    expect(await world.adjust(other, 'BTC', '3', { key: 'wakes' })).toMatchObject({ outcome: 'conflict', wakes: [] });
    expect(await world.adjust(anna, 'BTC', '-1')).toMatchObject({ outcome: 'committed', in_line: '2', wakes: [] });
    expect(await world.adjust(anna, 'BTC', '-1')).toMatchObject({
      outcome: 'short',
      available: '2',
      in_line: '2',
      wakes: [],
    });
  });
});
