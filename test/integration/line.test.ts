import { z } from 'zod/v4';
import type { Settlement } from '../../src/domain/settlement';
import type { Ledger, LedgerAnswer } from '../../src/ledger/port';
import { sql } from '../../src/postgres/sql';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf, type TradeTerms } from '../support/ledger-world';
import { beside, race } from '../support/two-sessions';

/** The line (design 5.3): who waits for whom for the BTC of one account, which is base in BTC-USDT and quote in ETH-BTC. */
const world = new LedgerWorld(testDatabase());
const NOW = world.now;
const DAY_MS = 86_400_000;
let anna: string;
let other: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  world.now = NOW;
  anna = await world.account();
  other = await world.account({ BTC: '1000', USDT: '1000000', ETH: '1000' });
  // So that Anna lacks nothing but BTC.
  await world.adjust(anna, 'USDT', '1000000');
  await world.adjust(anna, 'ETH', '1000');
});
afterEach(() => world.expectCoherent());

type Role = 'base' | 'quote';
/** Anna gives so many BTC: sells them for USDT, or buys ETH with them. */
const gives = (role: Role, btc: string, more: Partial<TradeTerms> = {}): TradeTerms =>
  role === 'base'
    ? { symbol: 'BTC-USDT', seller: anna, buyer: other, quantity: btc, price: '100', ...more }
    : { symbol: 'ETH-BTC', seller: other, buyer: anna, quantity: '1', price: btc, ...more };
/** Anna gets so many BTC: buys them for USDT, or sells ETH for them. */
const gets = (role: Role, btc: string, more: Partial<TradeTerms> = {}): TradeTerms =>
  role === 'base'
    ? { symbol: 'BTC-USDT', seller: other, buyer: anna, quantity: btc, price: '100', ...more }
    : { symbol: 'ETH-BTC', seller: anna, buyer: other, quantity: '1', price: btc, ...more };

/** Drives a settlement in which Anna gives BTC up to where it asks for them. */
const asking = (role: Role, row: Settlement) =>
  world.driveTo(role === 'base' ? 'initiated' : 'seller_securities_locked', row);
const ask = (row: Settlement, ledger: Ledger = world.ledger) => world.step(row, ledger);
const fund = (btc: string) => world.adjust(anna, 'BTC', btc);
const expectWaits = (answer: LedgerAnswer, earlier: Settlement) => {
  expect(answer.outcome).toBe('waiting');
  expect(answer.reason).toMatch(
    new RegExp(`^for trade ${earlier.trade_id}, which is earlier in line for the BTC of account ACC-`),
  );
  expect(rowOf(answer).waiting_since).toBe(world.now.toISOString());
};

const failWith =
  (code: 'ACCOUNT_NOT_ACTIVE' | 'INSUFFICIENT_CASH') =>
  (row: Settlement, ledger: Ledger): Promise<readonly { wakes: readonly string[] }[]> =>
    ledger.abort([{ ...refOf(row), code, reason: 'a test' }], world.engine);
const WAYS_OUT = {
  'it is due again': failWith('INSUFFICIENT_CASH'),
  'it parks': failWith('ACCOUNT_NOT_ACTIVE'),
  'it is paused': (row: Settlement, ledger: Ledger) => ledger.pause([refOf(row)], world.ops),
  'it is cancelled': (row: Settlement, ledger: Ledger) => ledger.cancel([refOf(row)], world.ops),
};
type WayOut = keyof typeof WAYS_OUT;
const waysOut = Object.keys(WAYS_OUT) as WayOut[];
const ROLES: [Role, Role][] = [
  ['base', 'quote'],
  ['quote', 'base'],
  ['base', 'base'],
  ['quote', 'quote'],
];

describe.each(ROLES)('an earlier debit (BTC as %s) before a later one (BTC as %s)', (first, second) => {
  let earlier: Settlement;
  let later: Settlement;
  beforeEach(async () => {
    const rows = await world.accept(gives(first, '1'), gives(second, '1'));
    [earlier, later] = [rows[0] ?? later, rows[1] ?? earlier];
    later = await asking(second, later);
  });

  it('which it would leave short, is waited for, begun or not', async () => {
    await fund('1.999999');
    expectWaits(await ask(later), earlier);
    earlier = await asking(first, earlier);
    expectWaits(await ask(later), earlier);
  });

  it('is overtaken when there is enough for both', async () => {
    await fund('2');
    expect(await ask(later)).toMatchObject({ outcome: 'committed', wakes: [] });
    expect(await ask(await asking(first, earlier))).toMatchObject({ outcome: 'committed' });
  });

  it.each(waysOut)('and %s: the later one is woken, and locks', async (way) => {
    await fund('1');
    expectWaits(await ask(later), earlier);
    const [out] = await WAYS_OUT[way](await asking(first, earlier), world.ledger);
    expect(out?.wakes).toEqual([later.trade_id]);
    expect(await ask(later)).toMatchObject({ outcome: 'committed', settlement: { waiting_since: null } });
  });

  it('and it locks what both need: the later one is woken, and is short', async () => {
    await fund('1');
    expectWaits(await ask(later), earlier);
    expect(await ask(await asking(first, earlier))).toMatchObject({ outcome: 'committed', wakes: [later.trade_id] });
    const answer = await ask(later);
    expect(answer.outcome).toBe('rejected');
    expect(answer.reason).toContain('has 0 BTC free and needs 1: 1 short');
    await world.abort(answer, later);
  });

  it.each(waysOut)('and %s, with its hold already there: what it gives back wakes the later one', async (way) => {
    await fund('1');
    const held = rowOf(await ask(await asking(first, earlier)));
    const before = await ask(later);
    // The earlier one holds all that is there, and will not bring any: nothing to wait for.
    expect(before.outcome).toBe('rejected');
    later = rowOf(await world.abort(before, later));
    later = rowOf(one(await world.ledger.retry([refOf(later)], world.ops)));
    later = await asking(second, later);
    await WAYS_OUT[way](held, world.ledger);
    const after = await ask(later);
    // A paused one keeps its hold.
    expect(after.outcome).toBe(way === 'it is paused' ? 'rejected' : 'committed');
    if (after.outcome === 'rejected') await world.abort(after, later);
  });
});

describe.each(ROLES)('an earlier credit (BTC as %s) before a debit (BTC as %s)', (first, second) => {
  let earlier: Settlement;
  let later: Settlement;
  beforeEach(async () => {
    const rows = await world.accept(gets(first, '1'), gives(second, '1'));
    [earlier, later] = [rows[0] ?? later, rows[1] ?? earlier];
    later = await asking(second, later);
  });

  it('is waited for until it is confirmed; then it is woken, and locks', async () => {
    expectWaits(await ask(later), earlier);
    const ready = await world.driveTo('buyer_cash_locked', earlier);
    expectWaits(await ask(later), earlier);
    expect(await ask(ready)).toMatchObject({ outcome: 'committed', wakes: [later.trade_id] });
    expect(await ask(later)).toMatchObject({ outcome: 'committed' });
  });

  it('is not waited for when it is not needed', async () => {
    await fund('1');
    expect(await ask(later)).toMatchObject({ outcome: 'committed' });
  });

  it.each(waysOut)('and %s: the debit is woken, and is short', async (way) => {
    expectWaits(await ask(later), earlier);
    const [out] = await WAYS_OUT[way](await world.driveTo('buyer_cash_locked', earlier), world.ledger);
    expect(out?.wakes).toEqual([later.trade_id]);
    const answer = await ask(later);
    expect(answer.outcome).toBe('rejected');
    await world.abort(answer, later);
  });
});

it('a later credit is not waited for', async () => {
  const [debit] = await world.accept(gives('base', '1'), gets('quote', '1'));
  if (debit === undefined) throw new Error('not accepted');
  const row = await asking('base', debit);
  const answer = await ask(row);
  expect(answer.outcome).toBe('rejected');
  await world.abort(answer, row);
});

describe('two sessions: no wake is lost', () => {
  const setUp = async (way: 'debit' | 'credit') => {
    const rows = await world.accept(way === 'debit' ? gives('quote', '1') : gets('quote', '1'), gives('base', '1'));
    const [earlier, later] = rows;
    if (earlier === undefined || later === undefined) throw new Error('not accepted');
    if (way === 'debit') await fund('1');
    const ready = await world.driveTo(way === 'debit' ? 'seller_securities_locked' : 'buyer_cash_locked', earlier);
    return { earlier: ready, later: await asking('base', later) };
  };

  it.each(waysOut)('the waiter decides while the transaction in which %s is open', async (way) => {
    const { earlier, later } = await setUp('debit');
    const { second } = await race(
      world,
      (ledger) => WAYS_OUT[way](earlier, ledger),
      () => ask(later),
    );
    expect(second.outcome).toBe('committed');
  });

  it.each(waysOut)('the waiter has decided to wait, not yet committed; then %s', async (way) => {
    const { earlier, later } = await setUp('debit');
    const { first, second } = await race(
      world,
      (ledger) => ask(later, ledger),
      (ledger) => WAYS_OUT[way](earlier, ledger),
    );
    expect(first.outcome).toBe('waiting');
    expect(second[0]?.wakes).toEqual([later.trade_id]);
  });

  it('the waiter decides while the swap that credits it is open', async () => {
    const { earlier, later } = await setUp('credit');
    const { second } = await race(
      world,
      (ledger) => ask(earlier, ledger),
      () => ask(later),
    );
    expect(second.outcome).toBe('committed');
  });

  it('the waiter decides while that swap is open, and it is rolled back', async () => {
    const { earlier, later } = await setUp('credit');
    const { second } = await race(
      world,
      (ledger) => ask(earlier, ledger),
      () => ask(later),
      'rollback',
    );
    expectWaits(second, earlier);
    expect((await ask(earlier)).wakes).toEqual([later.trade_id]);
  });

  it('the waiter has decided to wait, then the swap credits it', async () => {
    const { earlier, later } = await setUp('credit');
    const { first, second } = await race(
      world,
      (ledger) => ask(later, ledger),
      () => ask(earlier),
    );
    expect(first.outcome).toBe('waiting');
    expect(second.wakes).toEqual([later.trade_id]);
  });

  it('the waiter has decided to wait, then ops credit the account', async () => {
    const { later } = await setUp('credit');
    const { first, second } = await race(
      world,
      (ledger) => ask(later, ledger),
      () => fund('1'),
    );
    expect(first.outcome).toBe('waiting');
    expect(second.wakes).toEqual([later.trade_id]);
  });
});

describe('system accounts', () => {
  it('are in no line, and two swaps that pay fees do not wait for each other', async () => {
    const fees = { buyer_commission: '1', seller_commission: '1' };
    const [bob, carol] = [await world.account({ BTC: '1' }), await world.account({ USDT: '1000' })];
    await fund('1');
    const a = await world.settlementIn('buyer_cash_locked', gives('base', '1', fees));
    const b = await world.settlementIn('buyer_cash_locked', {
      seller: bob,
      buyer: carol,
      quantity: '1',
      price: '100',
      ...fees,
    });
    const { first, second } = await beside(
      world,
      (ledger) => ask(a, ledger),
      () => ask(b),
    );
    expect([first.settlement?.status, second.settlement?.status]).toEqual(['confirmed', 'confirmed']);
    const inLine = await world.pool.any(sql.type(z.object({ kind: z.string() }))`
      select a.kind from accounts a
      where a.kind <> 'customer' and (
        exists (select from line_debits d where d.account_id = a.id) or exists (select from line_credits c where c.account_id = a.id)
        or exists (select from balances b where b.account_id = a.id))`);
    expect(inLine).toEqual([]);
  });
});

describe('a settlement whose date has not come', () => {
  it('is neither waited for nor counted upon', async () => {
    const settlement_date = new Date(NOW.getTime() + DAY_MS).toISOString().slice(0, 10);
    const rows = await world.accept(gives('quote', '1', { settlement_date }), gets('quote', '5', { settlement_date }));
    const debit = await asking('base', one(await world.accept(gives('base', '1'))));
    const short = await ask(debit);
    expect(short.outcome).toBe('rejected');
    await world.abort(short, debit);
    await fund('1');
    const next = one(await world.accept(gives('base', '1')));
    expect(await ask(await asking('base', next))).toMatchObject({ outcome: 'committed' });
    expect(rows.map((row) => row.status)).toEqual(['pending', 'pending']);
  });
});
