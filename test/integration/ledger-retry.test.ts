import type { Settlement } from '../../src/domain/settlement';
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

const failed = async (code: 'INSUFFICIENT_CASH' | 'ACCOUNT_NOT_ACTIVE' = 'INSUFFICIENT_CASH'): Promise<Settlement> => {
  const row = await world.settlementIn('buyer_cash_locked', { buyer, seller, quantity: '1', price: '100' });
  return rowOf(one(await world.ledger.abort([{ ...refOf(row), code, reason: 'a test' }], world.engine)));
};
const retry = (row: Settlement, ledger: Ledger = world.ledger) => ledger.retry([refOf(row)], world.ops).then(one);
const retryDue = (row: Settlement, ledger: Ledger = world.ledger) =>
  ledger.retryDue([refOf(row)], world.engine).then(one);
const pastDeadline = async (row: Settlement) => {
  world.now = new Date(Date.parse(row.deadline_at));
  return rowOf(one(await world.ledger.close([refOf(row)], world.engine)));
};
const FRESH = {
  status: 'initiated',
  attempt: 2,
  retry_count: 1,
  failure_code: null,
  failure_reason: null,
  failed_at: null,
  next_attempt_at: null,
  parked_since: null,
  closed_at: null,
  seller_securities_ledger_ref: null,
  buyer_cash_ledger_ref: null,
};

describe('the engine’s retry', () => {
  it('comes when it is due, not before, and clears all but the contract', async () => {
    const row = await failed();
    expect(rowOf(await retryDue(row))).toEqual(row);
    world.now = new Date(Date.parse(row.next_attempt_at ?? '') - 1);
    expect(rowOf(await retryDue(row))).toEqual(row);
    world.now = new Date(Date.parse(row.next_attempt_at ?? ''));
    const answer = await retryDue(row);
    expect(answer.settlement).toMatchObject({ ...FRESH, dvp_contract_id: row.dvp_contract_id });
  });

  it('twice, and for a stale attempt: the row as it is', async () => {
    const row = await failed();
    world.now = new Date(Date.parse(row.next_attempt_at ?? ''));
    const first = await retryDue(row);
    const before = await world.everything();
    expect(await retryDue(row)).toEqual(first);
    expect(await world.everything()).toEqual(before);
    // Failed again, and due: the first attempt's call raises nothing any more.
    const again = rowOf(
      one(await world.ledger.abort([{ ...refOf(rowOf(first)), code: 'INSUFFICIENT_CASH', reason: 'x' }], world.engine)),
    );
    world.now = new Date(NOW.getTime() + 3_600_000);
    expect(rowOf(await retryDue(row))).toEqual(again);
  });

  it('a parked, a paused and a closed one: the row as it is', async () => {
    const parked = await failed('ACCOUNT_NOT_ACTIVE');
    expect(rowOf(await retryDue(parked))).toEqual(parked);
    const paused = await failed();
    await world.ledger.pause([refOf(paused)], world.ops);
    world.now = new Date(NOW.getTime() + 3_600_000);
    expect(rowOf(await retryDue(paused))).toMatchObject({ status: 'failed', paused: true, attempt: 1 });
    const closed = await pastDeadline(await failed());
    expect(rowOf(await retryDue(closed))).toEqual(closed);
  });
});

describe('ops’ retry', () => {
  it.each(['INSUFFICIENT_CASH', 'ACCOUNT_NOT_ACTIVE'] as const)(
    'of a failed one (%s) is one attempt more, at once',
    async (code) => {
      const answer = await retry(await failed(code));
      expect(answer).toMatchObject({ outcome: 'committed', reason: null, settlement: FRESH });
      expect(await world.driveTo('settled', rowOf(answer))).toMatchObject({ attempt: 2 });
    },
  );

  it('twice: the same answer, one attempt', async () => {
    const row = await failed();
    const first = await retry(row);
    const before = await world.everything();
    expect(await retry(row)).toEqual(first);
    expect(await world.everything()).toEqual(before);
  });

  it('of an attempt that the row has not reached is refused, not answered as done', async () => {
    const row = await failed();
    const before = await world.everything();
    expect(await retry({ ...row, attempt: 7 })).toMatchObject({
      outcome: 'forbidden',
      reason: 'it is at attempt 1, not at 7: look at it again',
    });
    expect(await world.everything()).toEqual(before);
  });

  it.each(['pending', 'buyer_cash_locked', 'confirmed', 'settled'] as const)(
    'of a %s one is forbidden',
    async (status) => {
      const row = await world.settlementIn(status, { buyer, seller, quantity: '1', price: '1' });
      const before = await world.everything();
      expect(await retry(row)).toMatchObject({ outcome: 'forbidden', settlement: { status } });
      expect(await world.everything()).toEqual(before);
    },
  );

  it('of a paused one is forbidden until it is resumed', async () => {
    const row = await failed();
    await world.ledger.pause([refOf(row)], world.ops);
    expect(await retry(row)).toMatchObject({ outcome: 'forbidden', reason: 'it is paused: resume it first' });
    await world.ledger.resume([refOf(row)], world.ops);
    expect(await retry(row)).toMatchObject({ outcome: 'committed' });
  });

  it('of one that does not exist: not found', async () => {
    const answer = await world.ledger.retry(
      [{ settlement_id: '00000000-0000-4000-8000-00000000dead', attempt: 1 }],
      world.ops,
    );
    expect(answer).toMatchObject([{ outcome: 'not_found', settlement: null }]);
  });

  it('reopens a closed one, with a deadline set anew', async () => {
    const closed = await pastDeadline(await failed());
    expect(closed.closed_at).not.toBeNull();
    const reopened = rowOf(await retry(closed));
    expect(reopened).toMatchObject(FRESH);
    expect(Date.parse(reopened.deadline_at)).toBeGreaterThan(Date.parse(closed.deadline_at));
    expect((await world.events(closed)).slice(-3)).toEqual([
      'closed failed',
      'reopened failed',
      'step failed>initiated',
    ]);
    expect(await world.driveTo('settled', reopened)).toMatchObject({ attempt: 2 });
  });

  it('reopens one whose deadline passed while it was paused: closed, it could not be resumed first', async () => {
    const row = await failed();
    await world.ledger.pause([refOf(row)], world.ops);
    const closed = await pastDeadline(row);
    expect(closed).toMatchObject({ paused: true });
    const reopened = rowOf(await retry(closed));
    expect(reopened).toMatchObject({ ...FRESH, paused: false });
    expect(await world.driveTo('settled', reopened)).toMatchObject({ attempt: 2 });
  });

  it('never reopens a cancelled one', async () => {
    const row = await failed();
    await world.ledger.cancel([refOf(row)], world.ops);
    expect(await retry(row)).toMatchObject({ outcome: 'forbidden', reason: 'it was cancelled, which is final' });
  });

  it.each([
    ['insert', 'settlement_events'],
    ['update', 'settlements'],
  ] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
    const row = await pastDeadline(await failed());
    await expectNothingDone(world, where, () => retry(row));
  });
});

describe('two sessions', () => {
  it.each(['commit', 'rollback'] as const)('ops against ops (%s): one attempt', async (end) => {
    const row = await failed();
    const { second } = await race(
      world,
      (ledger) => retry(row, ledger),
      () => retry(row),
      end,
    );
    expect(second).toMatchObject({ outcome: 'committed', settlement: FRESH });
  });

  it('the engine against ops: one attempt, and it is ops’', async () => {
    const row = await failed();
    world.now = new Date(Date.parse(row.next_attempt_at ?? ''));
    const { second } = await race(
      world,
      (ledger) => retry(row, ledger),
      () => retryDue(row),
    );
    expect(second.settlement).toMatchObject(FRESH);
    const again = one(
      await world.ledger.abort([{ ...refOf(rowOf(second)), code: 'INSUFFICIENT_CASH', reason: 'x' }], world.engine),
    );
    expect(rowOf(again).parked_since).not.toBeNull();
  });

  it('retry against cancel: forbidden', async () => {
    const row = await failed();
    const { second } = await race(
      world,
      (ledger) => ledger.cancel([refOf(row)], world.ops),
      () => retry(row),
    );
    expect(second).toMatchObject({ outcome: 'forbidden', settlement: { failure_code: 'CANCELLED', attempt: 1 } });
  });

  it('retry against the deadline: reopens what was closed a moment before', async () => {
    const row = await failed();
    world.now = new Date(Date.parse(row.deadline_at));
    const { second } = await race(
      world,
      (ledger) => ledger.close([refOf(row)], world.engine),
      () => retry(row),
    );
    expect(second.settlement).toMatchObject(FRESH);
    expect((await world.events(row)).slice(-3)).toEqual(['closed failed', 'reopened failed', 'step failed>initiated']);
  });

  it('the deadline against retry: closes nothing that goes on', async () => {
    const row = await failed();
    world.now = new Date(Date.parse(row.deadline_at));
    const { second } = await race(
      world,
      (ledger) => retry(row, ledger),
      (ledger) => ledger.close([refOf(row)], world.engine).then(one),
    );
    expect(second.settlement).toMatchObject(FRESH);
  });
});
