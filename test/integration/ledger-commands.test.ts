import type { Settlement, SettlementStatus } from '../../src/domain/settlement';
import type { Ledger } from '../../src/ledger/port';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf } from '../support/ledger-world';
import { expectNothingDone } from '../support/pull-plug';
import { race } from '../support/two-sessions';

const world = new LedgerWorld(testDatabase());
const NOW = world.now;
let seller: string;
let buyer: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  world.now = NOW;
  seller = await world.account({ BTC: '10' });
  buyer = await world.account({ USDT: '1000' });
});
afterEach(() => world.expectCoherent());

type Verb = 'cancel' | 'pause' | 'resume';
const call = (verb: Verb, row: Settlement, ledger: Ledger = world.ledger) =>
  ledger[verb]([refOf(row)], world.ops).then(one);
const ready = async (status: SettlementStatus): Promise<Settlement> => {
  const terms = { buyer, seller, quantity: '1', price: '100' };
  if (status !== 'failed') return world.settlementIn(status, terms);
  const row = await world.settlementIn('initiated', terms);
  return rowOf(
    one(await world.ledger.abort([{ ...refOf(row), code: 'INSUFFICIENT_CASH', reason: 'short' }], world.engine)),
  );
};
const STOPPABLE = ['pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'failed'] as const;
const BEYOND = ['confirmed', 'settled'] as const;

describe('cancel', () => {
  it.each(STOPPABLE)('ends a %s one for good, and gives back its holds', async (status) => {
    const answer = await call('cancel', await ready(status));
    expect(answer).toMatchObject({
      outcome: 'committed',
      settlement: {
        status: 'failed',
        failure_code: 'CANCELLED',
        failure_reason: world.ops.reason,
        next_attempt_at: null,
      },
    });
    expect(rowOf(answer).closed_at).not.toBeNull();
    expect(await world.balance(seller, 'BTC')).toEqual({ available: '10', reserved: '0' });
    expect(await world.available(buyer, 'USDT')).toBe('1000');
  });

  it('a paused one too', async () => {
    const row = await ready('buyer_cash_locked');
    await call('pause', row);
    expect(rowOf(await call('cancel', row)).closed_at).not.toBeNull();
    expect(await call('resume', row)).toMatchObject({ outcome: 'forbidden' });
    expect(await call('pause', row)).toMatchObject({ outcome: 'forbidden' });
  });

  it('two sessions: cancelled once', async () => {
    const row = await ready('buyer_cash_locked');
    const { first, second } = await race(
      world,
      (ledger) => call('cancel', row, ledger),
      () => call('cancel', row),
    );
    expect(second).toMatchObject({ outcome: 'committed', settlement: rowOf(first) });
  });

  it('two sessions, the first rolled back: the second cancels', async () => {
    const row = await ready('buyer_cash_locked');
    const { second } = await race(
      world,
      (ledger) => call('cancel', row, ledger),
      () => call('cancel', row),
      'rollback',
    );
    expect(second.settlement).toMatchObject({ failure_code: 'CANCELLED' });
    expect(await world.balance(buyer, 'USDT')).toEqual({ available: '1000', reserved: '0' });
  });

  it('against the deadline: it is closed already, and stays what it was', async () => {
    const row = await ready('failed');
    world.now = new Date(Date.parse(row.deadline_at));
    const { second } = await race(
      world,
      (ledger) => ledger.close([refOf(row)], world.engine),
      () => call('cancel', row),
    );
    expect(second).toMatchObject({ outcome: 'forbidden', settlement: { failure_code: 'INSUFFICIENT_CASH' } });
  });
});

describe('pause and resume', () => {
  it.each(STOPPABLE)('stop a %s one where it is, holds and all, and let it go on', async (status) => {
    const row = await ready(status);
    const held = await world.balance(seller, 'BTC');
    expect(await call('pause', row)).toMatchObject({ outcome: 'committed', settlement: { status, paused: true } });
    expect(await world.balance(seller, 'BTC')).toEqual(held);
    expect(await call('resume', row)).toMatchObject({ outcome: 'committed', settlement: { status, paused: false } });
    expect((await world.events(row)).slice(-2)).toEqual([`paused ${status}`, `resumed ${status}`]);
  });

  it.each(['initiate', 'lockSecurities', 'lockCash', 'execute'] as const)('a paused one takes no %s', async (verb) => {
    const statuses = {
      initiate: 'pending',
      lockSecurities: 'initiated',
      lockCash: 'seller_securities_locked',
      execute: 'buyer_cash_locked',
    } as const;
    const row = await ready(statuses[verb]);
    await call('pause', row);
    const before = await world.everything();
    expect(one(await world.ledger[verb]([refOf(row)], world.engine))).toMatchObject({
      outcome: 'committed',
      settlement: { paused: true },
    });
    expect(await world.everything()).toEqual(before);
  });

  it('a step against a pause: finds it paused; against one that is rolled back: goes on', async () => {
    for (const [end, paused] of [
      ['commit', true],
      ['rollback', false],
    ] as const) {
      const row = await ready('initiated');
      const { second } = await race(
        world,
        (ledger) => call('pause', row, ledger),
        (ledger) => ledger.lockSecurities([refOf(row)], world.engine).then(one),
        end,
      );
      expect(second.settlement).toMatchObject({ paused, status: paused ? 'initiated' : 'seller_securities_locked' });
    }
  });

  it('pause against a step: stops at the new state', async () => {
    const row = await ready('seller_securities_locked');
    const { second } = await race(
      world,
      (ledger) => ledger.lockCash([refOf(row)], world.engine),
      () => call('pause', row),
    );
    expect(second.settlement).toMatchObject({ status: 'buyer_cash_locked', paused: true });
  });

  it('resume against cancel: forbidden', async () => {
    const row = await ready('buyer_cash_locked');
    await call('pause', row);
    const { second } = await race(
      world,
      (ledger) => call('cancel', row, ledger),
      () => call('resume', row),
    );
    expect(second).toMatchObject({ outcome: 'forbidden', settlement: { failure_code: 'CANCELLED' } });
  });

  it('pause against resume, resume against pause: the later one is what holds', async () => {
    const row = await ready('initiated');
    await call('pause', row);
    const again = await race(
      world,
      (ledger) => call('resume', row, ledger),
      () => call('pause', row),
    );
    expect(again.second.settlement).toMatchObject({ paused: true });
    await call('resume', row);
    const back = await race(
      world,
      (ledger) => call('pause', row, ledger),
      () => call('resume', row),
    );
    expect(back.second.settlement).toMatchObject({ paused: false });
  });
});

describe.each(['cancel', 'pause', 'resume'] as const)('%s', (verb) => {
  it('twice: the same answer, nothing moves twice', async () => {
    const row = await ready('buyer_cash_locked');
    if (verb === 'resume') await call('pause', row);
    const first = await call(verb, row);
    const before = await world.everything();
    expect(await call(verb, row)).toMatchObject({ outcome: 'committed', settlement: rowOf(first) });
    expect(await world.everything()).toEqual(before);
  });

  it.each(BEYOND)('of a %s one changes nothing', async (status) => {
    const row = await ready(status);
    const before = await world.everything();
    const answer = await call(verb, row);
    expect(answer.settlement).toEqual(row);
    // Resuming what was never paused is done already.
    expect(answer.outcome).toBe(verb === 'resume' && status === 'confirmed' ? 'committed' : 'forbidden');
    if (answer.outcome === 'forbidden') expect(answer.reason).toContain(`it is ${status}`);
    expect(await world.everything()).toEqual(before);
  });

  it('of one that does not exist, in a set with one that does', async () => {
    const row = await ready('pending');
    const unknown = { settlement_id: '00000000-0000-4000-8000-00000000dead', attempt: 1 };
    const answers = await world.ledger[verb]([unknown, refOf(row)], world.ops);
    expect(answers.map((answer) => answer.outcome)).toEqual(['not_found', 'committed']);
  });

  it.each([
    ['insert', 'settlement_events'],
    ['update', 'settlements'],
  ] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
    const row = await ready('buyer_cash_locked');
    if (verb === 'resume') await call('pause', row);
    await expectNothingDone(world, where, () => call(verb, row));
  });
});
