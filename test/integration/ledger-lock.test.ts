import { holdKey, idOfKey, type HoldSide } from '../../src/domain/ids';
import type { Settlement } from '../../src/domain/settlement';
import type { Ledger } from '../../src/ledger/port';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf } from '../support/ledger-world';
import { atNextAttempt, expectNothingDone, setInstrument, suspend } from '../support/pull-plug';
import { race } from '../support/two-sessions';

const world = new LedgerWorld(testDatabase());
beforeAll(() => world.setUp());
afterEach(() => world.expectCoherent());

const SIDES = {
  securities: {
    verb: 'lockSecurities',
    from: 'initiated',
    to: 'seller_securities_locked',
    ref: 'seller_securities_ledger_ref',
    code: 'INSUFFICIENT_SECURITIES',
    asset: 'BTC',
  },
  cash: {
    verb: 'lockCash',
    from: 'seller_securities_locked',
    to: 'buyer_cash_locked',
    ref: 'buyer_cash_ledger_ref',
    code: 'INSUFFICIENT_CASH',
    asset: 'USDT',
  },
} as const;

describe.each(['securities', 'cash'] as const)('locking %s', (side: HoldSide) => {
  const { verb, from, to, ref, code, asset } = SIDES[side];
  /** Who is debited, and its counterparty, who never lacks anything. */
  let debited: string;
  let other: string;

  beforeEach(async () => {
    debited = await world.account();
    other = await world.account({ BTC: '1000', USDT: '1000' });
  });

  /** Settlements that need 1 each of the debited account, at the status from which this side locks. */
  const ready = (dates: { settlement_date?: string } = {}): Promise<Settlement> =>
    side === 'securities'
      ? world.settlementIn(from, { seller: debited, buyer: other, quantity: '1', price: '1', ...dates })
      : world.settlementIn(from, {
          seller: other,
          buyer: debited,
          quantity: '1',
          price: '0.9',
          buyer_commission: '0.1',
          ...dates,
        });
  const lock = (row: Settlement, ledger: Ledger = world.ledger) => ledger[verb]([refOf(row)], world.engine).then(one);

  it('holds the debit under the key of attempt and side', async () => {
    await world.adjust(debited, asset, '1.5');
    const row = await ready();
    const answer = await lock(row);
    expect(answer).toMatchObject({
      outcome: 'committed',
      code: null,
      reason: null,
      wakes: [],
      settlement: { status: to },
    });
    expect(rowOf(answer)[ref]).toBe(idOfKey(holdKey(row.id, 1, side)));
    expect(await world.balance(debited, asset)).toEqual({ available: '0.5', reserved: '1' });
  });

  it('twice: the same answer, nothing moves twice', async () => {
    await world.adjust(debited, asset, '5');
    const row = await ready();
    const first = await lock(row);
    const before = await world.everything();
    expect(await lock(row)).toEqual(first);
    expect(await world.everything()).toEqual(before);
  });

  it('a stale attempt: the row as it is, nothing moved', async () => {
    await world.adjust(debited, asset, '5');
    const row = await ready();
    let next = await atNextAttempt(world, row);
    if (side === 'cash') next = await world.driveTo(from, next);
    const before = await world.everything();
    expect(await lock(row)).toMatchObject({ outcome: 'committed', settlement: { status: from, attempt: 2 } });
    expect(await world.everything()).toEqual(before);
    expect(rowOf(await lock(next))[ref]).toBe(idOfKey(holdKey(row.id, 2, side)));
  });

  it('a shortage is refused with the numbers, and again after the money has come', async () => {
    await world.adjust(debited, asset, '0.4');
    const row = await ready();
    const answer = await lock(row);
    expect(answer).toMatchObject({ outcome: 'rejected', code, settlement: { status: from } });
    expect(answer.reason).toMatch(
      new RegExp(`^(Buyer|Seller) ACC-\\d+ has 0.4 ${asset} free and needs 1: 0.6 short\\.$`),
    );
    await world.adjust(debited, asset, '10');
    expect(await lock(row)).toEqual(answer);
    await world.abort(answer, row);
    expect(await world.balance(debited, asset)).toEqual({ available: '10.4', reserved: '0' });
  });

  it('a paused one, and one that is beyond, are answered as they are', async () => {
    await world.adjust(debited, asset, '5');
    const paused = await ready();
    await world.ledger.pause([refOf(paused)], world.ops);
    expect(await lock(paused)).toMatchObject({ outcome: 'committed', settlement: { status: from, paused: true } });
    const beyond = await world.driveTo('settled', await ready());
    expect(await lock(beyond)).toMatchObject({ outcome: 'committed', settlement: { status: 'settled' } });
  });

  it('a halted instrument is refused, and the refusal stays with the attempt', async () => {
    await world.adjust(debited, asset, '5');
    const row = await ready();
    await setInstrument(world.pool, 'BTC-USDT', 'halted');
    const answer = await lock(row);
    expect(answer).toMatchObject({ outcome: 'rejected', code: 'INSTRUMENT_HALTED', reason: 'BTC-USDT is halted.' });
    await setInstrument(world.pool, 'BTC-USDT', 'active');
    expect(await lock(row)).toEqual(answer);
    await world.abort(answer, row);
  });

  it('a set is decided in the order of acceptance, whatever its own', async () => {
    await world.adjust(debited, asset, '2');
    const rows = [await ready(), await ready(), await ready()];
    const answers = await world.ledger[verb]([...rows].reverse().map(refOf), world.engine);
    expect(answers.map((answer) => answer.outcome)).toEqual(['rejected', 'committed', 'committed']);
    expect(answers.map((answer) => answer.settlement_id)).toEqual([...rows].reverse().map((row) => row.id));
  });

  it.each([
    ['insert', 'holds'],
    ['update', 'balances'],
    ['insert', 'settlement_events'],
    ['update', 'settlements'],
  ] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
    await world.adjust(debited, asset, '5');
    const row = await ready();
    await expectNothingDone(world, where, () => lock(row));
    expect(await lock(row)).toMatchObject({ outcome: 'committed', settlement: { status: to } });
  });

  it('a fault at the insert of the refusal leaves nothing', async () => {
    const row = await ready();
    await expectNothingDone(world, ['insert', 'hold_rejections'], () => lock(row));
    await world.abort(await lock(row), row);
  });

  describe('two sessions', () => {
    it('the same settlement: the second finds it done', async () => {
      await world.adjust(debited, asset, '5');
      const row = await ready();
      const { first, second } = await race(
        world,
        (ledger) => lock(row, ledger),
        () => lock(row),
      );
      expect(second).toEqual(first);
      expect(await world.balance(debited, asset)).toEqual({ available: '4', reserved: '1' });
    });

    it('a balance that covers one: the second decides after the first, and fails', async () => {
      await world.adjust(debited, asset, '1');
      const [a, b] = [await ready(), await ready()];
      const { first, second } = await race(
        world,
        (ledger) => lock(a, ledger),
        () => lock(b),
      );
      expect([first.outcome, second.outcome]).toEqual(['committed', 'rejected']);
      await world.abort(second, b);
    });

    it('a balance that covers one, and the first is rolled back: the second waits for it', async () => {
      await world.adjust(debited, asset, '1');
      const [a, b] = [await ready(), await ready()];
      const { second } = await race(
        world,
        (ledger) => lock(a, ledger),
        () => lock(b),
        'rollback',
      );
      expect(second).toMatchObject({ outcome: 'waiting', settlement: { status: from } });
      expect(second.reason).toContain(`for trade ${a.trade_id}`);
      expect(await lock(a)).toMatchObject({ outcome: 'committed', wakes: [b.trade_id] });
    });

    it('a credit: the second finds it', async () => {
      const row = await ready();
      const { second } = await race(
        world,
        (_ledger, connection) => world.adjust(debited, asset, '1', { connection }),
        () => lock(row),
      );
      expect(second.outcome).toBe('committed');
    });

    it('a credit that is rolled back: the second is short', async () => {
      const row = await ready();
      const { second } = await race(
        world,
        (_ledger, connection) => world.adjust(debited, asset, '1', { connection }),
        () => lock(row),
        'rollback',
      );
      expect(second).toMatchObject({ outcome: 'rejected', code });
      await world.abort(second, row);
    });

    it('a debit by ops against a lock: ops are short', async () => {
      await world.adjust(debited, asset, '1.5');
      const row = await ready();
      const { second } = await race(
        world,
        (ledger) => lock(row, ledger),
        () => world.adjust(debited, asset, '-1'),
      );
      expect(second).toMatchObject({ outcome: 'short', available: '0.5', reserved: '1', in_line: '0' });
    });

    it('a lock against a debit by ops: what ops left is enough, for they may not take what is in line', async () => {
      await world.adjust(debited, asset, '1.5');
      const row = await ready();
      const { first, second } = await race(
        world,
        (_ledger, connection) => world.adjust(debited, asset, '-0.5', { connection }),
        () => lock(row),
      );
      expect([first.outcome, second.outcome]).toEqual(['committed', 'committed']);
      expect(await world.adjust(debited, asset, '-0.000001')).toMatchObject({ outcome: 'short' });
    });

    it.each([
      ['commit', 'rejected'],
      ['rollback', 'committed'],
    ] as const)('a suspension that ends in %s: %s', async (end, outcome) => {
      await world.adjust(debited, asset, '1');
      const row = await ready();
      const { second } = await race(
        world,
        (_ledger, connection) => suspend(connection, debited),
        () => lock(row),
        end,
      );
      expect(second.outcome).toBe(outcome);
      if (outcome === 'rejected') {
        expect(second.code).toBe('ACCOUNT_NOT_ACTIVE');
        await world.abort(second, row);
      }
    });

    it('a cancel: the second finds it over', async () => {
      await world.adjust(debited, asset, '1');
      const row = await ready();
      const { second } = await race(
        world,
        (ledger) => ledger.cancel([refOf(row)], world.ops),
        () => lock(row),
      );
      expect(second).toMatchObject({
        outcome: 'committed',
        settlement: { status: 'failed', failure_code: 'CANCELLED' },
      });
      expect(await world.balance(debited, asset)).toEqual({ available: '1', reserved: '0' });
    });
  });
});
