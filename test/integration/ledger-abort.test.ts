import type { FailureCode } from '../../src/domain/failure';
import type { Settlement } from '../../src/domain/settlement';
import type { Ledger } from '../../src/ledger/port';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, OPS, refOf, rowOf } from '../support/ledger-world';
import { atNextAttempt, expectNothingDone } from '../support/pull-plug';
import { race } from '../support/two-sessions';

const world = new LedgerWorld(testDatabase(), {
  retry_attempts: 2,
  retry_delay_seconds: 60,
  deadline_business_days: 5,
});
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

const ready = (status: 'pending' | 'initiated' | 'buyer_cash_locked' = 'buyer_cash_locked') =>
  world.settlementIn(status, { buyer, seller, quantity: '1', price: '100' });
const abort = (row: Settlement, ledger: Ledger = world.ledger, code: FailureCode = 'INSUFFICIENT_CASH') =>
  ledger.abort([{ ...refOf(row), code, reason: `${code} in a test` }], world.engine).then(one);
const expectAllFree = async () => {
  expect(await world.balance(seller, 'BTC')).toEqual({ available: '10', reserved: '0' });
  expect(await world.balance(buyer, 'USDT')).toEqual({ available: '1000', reserved: '0' });
};

describe('abort', () => {
  it.each(['pending', 'initiated', 'buyer_cash_locked'] as const)(
    'from %s: holds released, due again after the delay, code and reason kept',
    async (status) => {
      const answer = await abort(await ready(status));
      expect(answer).toMatchObject({ outcome: 'committed', code: null });
      const row = rowOf(answer);
      expect(row).toMatchObject({
        status: 'failed',
        attempt: 1,
        failure_code: 'INSUFFICIENT_CASH',
        failure_reason: 'INSUFFICIENT_CASH in a test',
        next_attempt_at: new Date(NOW.getTime() + 60_000).toISOString(),
        parked_since: null,
        closed_at: null,
      });
      expect(row.failed_at).not.toBeNull();
      if (status === 'buyer_cash_locked') expect(row.buyer_cash_ledger_ref).not.toBeNull();
      await expectAllFree();
    },
  );

  it('is due again as often as the policy says, then parks', async () => {
    let row = await ready();
    const seen: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      row = rowOf(await abort(row));
      seen.push(`${row.attempt} ${row.next_attempt_at === null ? 'parked' : 'due again'}`);
      world.now = new Date(world.now.getTime() + 60_000);
      if (attempt < 3) row = rowOf(one(await world.ledger.retryDue([refOf(row)], world.engine)));
    }
    expect(seen).toEqual(['1 due again', '2 due again', '3 parked']);
    expect(row.parked_since).not.toBeNull();
    expect((await world.events(row)).slice(-2)).toEqual(['step initiated>failed', 'parked failed']);
  });

  it('a code that is not retried parks at once', async () => {
    const answer = await abort(await ready(), world.ledger, 'ACCOUNT_NOT_ACTIVE');
    expect(answer.settlement).toMatchObject({ next_attempt_at: null, closed_at: null });
    expect(rowOf(answer).parked_since).not.toBeNull();
  });

  it('an attempt by hand parks at once, also when the engine had attempts left', async () => {
    const first = rowOf(await abort(await ready()));
    const byHand = rowOf(one(await world.ledger.retry([refOf(first)], world.ops)));
    const again = rowOf(await abort(byHand));
    expect(again).toMatchObject({ attempt: 2, next_attempt_at: null });
    expect(again.parked_since).not.toBeNull();
  });

  it('after the deadline it is final at once, and keeps its cause', async () => {
    const row = await ready();
    world.now = new Date(Date.parse(row.deadline_at));
    expect(rowOf(await abort(row))).toMatchObject({
      failure_code: 'INSUFFICIENT_CASH',
      next_attempt_at: null,
      parked_since: null,
    });
    expect((await world.read(row)).closed_at).not.toBeNull();
    expect((await world.events(row)).at(-1)).toBe('closed failed');
  });

  it('a millisecond before the deadline it is not', async () => {
    const row = await ready();
    world.now = new Date(Date.parse(row.deadline_at) - 1);
    expect(rowOf(await abort(row)).closed_at).toBeNull();
  });

  it('twice: the same answer, nothing moves twice', async () => {
    const row = await ready();
    const first = await abort(row);
    const before = await world.everything();
    expect(await abort(row)).toEqual(first);
    expect(await world.everything()).toEqual(before);
    await expectAllFree();
  });

  it('a stale attempt does not end the next one', async () => {
    const row = await ready();
    const next = await world.driveTo('buyer_cash_locked', await atNextAttempt(world, row));
    const before = await world.everything();
    expect(await abort(row)).toMatchObject({
      outcome: 'committed',
      settlement: { status: 'buyer_cash_locked', attempt: 2 },
    });
    expect(await world.everything()).toEqual(before);
    expect(rowOf(await abort(next)).status).toBe('failed');
  });

  it('a paused one, a confirmed one and a settled one are left as they are', async () => {
    const paused = await ready();
    await world.ledger.pause([refOf(paused)], world.ops);
    expect(rowOf(await abort(paused))).toMatchObject({ status: 'buyer_cash_locked', paused: true });
    const confirmed = await world.driveTo('confirmed', await ready());
    expect(rowOf(await abort(confirmed)).status).toBe('confirmed');
    const settled = await world.driveTo('settled', confirmed);
    expect(rowOf(await abort(settled)).status).toBe('settled');
  });

  it.each([
    ['update', 'holds'],
    ['update', 'balances'],
    ['insert', 'settlement_events'],
    ['update', 'settlements'],
  ] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
    const row = await ready();
    await expectNothingDone(world, where, () => abort(row));
    await abort(row);
    await expectAllFree();
  });

  it('a fault between failing and parking leaves no failed row of which nobody knows what comes next', async () => {
    const row = await ready();
    // The outbox is written for 'parked', not for the step to failed.
    await expectNothingDone(world, ['insert', 'outbox'], () => abort(row, world.ledger, 'ACCOUNT_NOT_ACTIVE'));
  });
});

describe('two sessions', () => {
  it.each(['commit', 'rollback'] as const)('abort against abort (%s): released once', async (end) => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => abort(row, ledger),
      () => abort(row),
      end,
    );
    expect(second.settlement).toMatchObject({ status: 'failed', attempt: 1 });
    expect((await world.events(row)).filter((event) => event.endsWith('>failed'))).toHaveLength(1);
    await expectAllFree();
  });

  it('abort against cancel: cancelled stays cancelled', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => ledger.cancel([refOf(row)], world.ops),
      () => abort(row),
    );
    expect(second.settlement).toMatchObject({ status: 'failed', failure_code: 'CANCELLED', next_attempt_at: null });
    await expectAllFree();
  });

  it('cancel against abort: cancels the failed one', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => abort(row, ledger),
      (ledger) => ledger.cancel([refOf(row)], world.ops).then(one),
    );
    expect(second.settlement).toMatchObject({ status: 'failed', failure_code: 'CANCELLED', next_attempt_at: null });
    expect(await world.events(row)).toEqual([
      'step >pending',
      'step pending>initiated',
      'step initiated>seller_securities_locked',
      'step seller_securities_locked>buyer_cash_locked',
      'step buyer_cash_locked>failed',
      'closed failed',
    ]);
    await expectAllFree();
  });

  it('abort against execute: confirmed stays confirmed', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => ledger.execute([refOf(row)], world.engine),
      () => abort(row),
    );
    expect(second.settlement).toMatchObject({ status: 'confirmed', failure_code: null });
  });

  it('abort against pause: stops where it is', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => ledger.pause([refOf(row)], world.ops),
      () => abort(row),
    );
    expect(second.settlement).toMatchObject({ status: 'buyer_cash_locked', paused: true });
  });

  it('retry by ops against abort: waits, and finds an attempt to repeat', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => abort(row, ledger),
      (ledger) => ledger.retry([refOf(row)], { ...world.ops, actor: OPS }).then(one),
    );
    expect(second.settlement).toMatchObject({
      status: 'initiated',
      attempt: 2,
      failure_code: null,
      next_attempt_at: null,
    });
  });
});
