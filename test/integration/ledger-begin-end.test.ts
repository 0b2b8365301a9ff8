import type { Settlement } from '../../src/domain/settlement';
import type { Ledger } from '../../src/ledger/port';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf } from '../support/ledger-world';
import { expectNothingDone, setInstrument, suspend } from '../support/pull-plug';
import { race } from '../support/two-sessions';

const world = new LedgerWorld(testDatabase());
const NOW = world.now;
const DAY_MS = 86_400_000;
let seller: string;
let buyer: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  world.now = NOW;
  seller = await world.account({ BTC: '10' });
  buyer = await world.account({ USDT: '1000' });
});
afterEach(() => world.expectCoherent());

type Step = 'initiate' | 'finalise' | 'close';
const STEPS = { initiate: 'initiated', finalise: 'settled', close: 'failed' } as const;
const call = (verb: Step, row: Settlement, ledger: Ledger = world.ledger) =>
  ledger[verb]([refOf(row)], world.engine).then(one);
const terms = () => ({ buyer, seller, quantity: '1', price: '100' });
const failed = async () => {
  const row = await world.settlementIn('initiated', terms());
  return rowOf(
    one(await world.ledger.abort([{ ...refOf(row), code: 'INSUFFICIENT_CASH', reason: 'short' }], world.engine)),
  );
};
const ready = async (verb: Step): Promise<Settlement> => {
  if (verb !== 'close') return world.settlementIn(verb === 'initiate' ? 'pending' : 'confirmed', terms());
  const row = await failed();
  world.now = new Date(Date.parse(row.deadline_at));
  return row;
};

describe.each(['initiate', 'finalise', 'close'] as const)('%s', (verb) => {
  it('takes its step, and asked twice answers the same', async () => {
    const row = await ready(verb);
    const first = await call(verb, row);
    expect(first).toMatchObject({ outcome: 'committed', wakes: [], settlement: { status: STEPS[verb] } });
    expect(rowOf(first).event_seq).toBe(row.event_seq + 1);
    const before = await world.everything();
    expect(await call(verb, row)).toEqual(first);
    expect(await world.everything()).toEqual(before);
  });

  it('with another attempt in mind decides by the row alone', async () => {
    const row = await ready(verb);
    expect((await call(verb, { ...row, attempt: 7 })).settlement).toMatchObject({ status: STEPS[verb], attempt: 1 });
  });

  it.each(['commit', 'rollback'] as const)('by two sessions (%s): one step', async (end) => {
    const row = await ready(verb);
    const { second } = await race(
      world,
      (ledger) => call(verb, row, ledger),
      () => call(verb, row),
      end,
    );
    expect(second.settlement).toMatchObject({ status: STEPS[verb], event_seq: row.event_seq + 1 });
  });

  it.each([
    ['insert', 'settlement_events'],
    ['update', 'settlements'],
  ] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
    const row = await ready(verb);
    await expectNothingDone(world, where, () => call(verb, row));
    expect((await call(verb, row)).settlement).toMatchObject({ status: STEPS[verb] });
  });
});

describe('initiate', () => {
  it('waits for the settlement date, to the millisecond', async () => {
    const settlement_date = new Date(NOW.getTime() + 3 * DAY_MS).toISOString().slice(0, 10);
    const row = one(await world.accept({ ...terms(), settlement_date }));
    world.now = new Date(Date.parse(settlement_date) - 1);
    const waiting = await call('initiate', row);
    expect(waiting).toMatchObject({ outcome: 'waiting', reason: `for its settlement date, ${settlement_date}` });
    expect(rowOf(waiting)).toMatchObject({ status: 'pending', waiting_since: world.now.toISOString() });
    world.now = new Date(Date.parse(settlement_date));
    expect(rowOf(await call('initiate', row))).toMatchObject({ status: 'initiated', waiting_since: null });
  });

  it.each(['buyer', 'seller', 'instrument'] as const)('is refused while the %s is stopped, and parks', async (who) => {
    const row = one(await world.accept(terms()));
    const set = (isStopped: boolean) => {
      if (who === 'instrument') return setInstrument(world.pool, 'BTC-USDT', isStopped ? 'halted' : 'active');
      return suspend(world.pool, who === 'buyer' ? buyer : seller, isStopped ? 'inactive' : 'active');
    };
    await set(true);
    const answer = await call('initiate', row);
    const code = who === 'instrument' ? 'INSTRUMENT_HALTED' : 'ACCOUNT_NOT_ACTIVE';
    expect(answer).toMatchObject({ outcome: 'rejected', code, settlement: { status: 'pending' } });
    const parked = rowOf(await world.abort(answer, row));
    expect(parked.parked_since).not.toBeNull();
    await set(false);
    const again = rowOf(one(await world.ledger.retry([refOf(parked)], world.ops)));
    expect((await world.driveTo('settled', again)).dvp_contract_id).not.toBeNull();
  });

  it.each(['cancel', 'pause'] as const)('against %s: finds it', async (command) => {
    const row = await ready('initiate');
    const { second } = await race(
      world,
      (ledger) => ledger[command]([refOf(row)], world.ops),
      () => call('initiate', row),
    );
    expect(second.settlement).toMatchObject(
      command === 'cancel' ? { failure_code: 'CANCELLED' } : { status: 'pending', paused: true },
    );
  });
});

describe('finalise', () => {
  it('closes with the outcome, and nothing comes after', async () => {
    const row = await ready('finalise');
    const settled = rowOf(await call('finalise', row));
    expect(settled.closed_at).not.toBeNull();
    expect(settled.settled_at).toBe(settled.closed_at);
    for (const command of ['cancel', 'pause', 'retry'] as const) {
      expect(one(await world.ledger[command]([refOf(settled)], world.ops))).toMatchObject({ outcome: 'forbidden' });
    }
  });

  it('cancel against it: too late either way', async () => {
    const row = await ready('finalise');
    const { second } = await race(
      world,
      (ledger) => call('finalise', row, ledger),
      (ledger) => ledger.cancel([refOf(row)], world.ops).then(one),
      'rollback',
    );
    expect(second).toMatchObject({ outcome: 'forbidden', settlement: { status: 'confirmed' } });
  });

  const DAMAGES: Record<string, [(row: Settlement) => string, (row: Settlement) => string]> = {
    'a posting of another amount': [
      (row) => `update postings set amount = amount + 1 where id = ${row.seller_cash_ledger_ref}`,
      (row) => `update postings set amount = amount - 1 where id = ${row.seller_cash_ledger_ref}`,
    ],
    'a posting of another account': [
      (row) =>
        `update postings set account_id = '${row.seller_account_id}' where id = ${row.buyer_securities_ledger_ref}`,
      (row) =>
        `update postings set account_id = '${row.buyer_account_id}' where id = ${row.buyer_securities_ledger_ref}`,
    ],
    'refs exchanged': [swapRefs, swapRefs],
    'a hold that is still active': [
      (row) => `update holds set status = 'active', ended_at = null where id = '${row.buyer_cash_ledger_ref}'`,
      (row) => `update holds set status = 'consumed', ended_at = now() where id = '${row.buyer_cash_ledger_ref}'`,
    ],
  };

  function swapRefs(row: Settlement): string {
    return `update settlements set buyer_securities_ledger_ref = seller_cash_ledger_ref,
      seller_cash_ledger_ref = buyer_securities_ledger_ref where id = '${row.id}'`;
  }

  it.each(Object.keys(DAMAGES))('reads the swap back, and does not settle %s', async (name) => {
    const row = await ready('finalise');
    const [damage, repair] = DAMAGES[name] ?? [() => '', () => ''];
    const past = (statement: string) =>
      world.database.asSuperuser((client) =>
        client.query(`begin; set local session_replication_role = replica; ${statement}; commit`),
      );
    await past(damage(row));
    const before = await world.everything();
    await expect(call('finalise', row)).rejects.toThrow('is not what its terms say');
    expect(await world.everything()).toEqual(before);
    await past(repair(row));
    expect(rowOf(await call('finalise', row)).status).toBe('settled');
  });
});

describe('close', () => {
  it('closes nothing before the deadline, and nothing but a failed one after it', async () => {
    const row = await failed();
    const locked = await world.settlementIn('buyer_cash_locked', terms());
    world.now = new Date(Date.parse(row.deadline_at) - 1);
    expect(rowOf(await call('close', row))).toEqual(row);
    world.now = new Date(Date.parse(row.deadline_at));
    expect(rowOf(await call('close', locked))).toEqual(locked);
    expect(rowOf(await call('close', row))).toMatchObject({ failure_code: 'INSUFFICIENT_CASH', next_attempt_at: null });
  });
});

describe('findOutcome', () => {
  it.each([
    ['commit', 'confirmed'],
    ['rollback', 'buyer_cash_locked'],
  ] as const)('waits for what is under way, then tells the truth (%s: %s)', async (end, status) => {
    const row = await world.settlementIn('buyer_cash_locked', terms());
    const { second } = await race(
      world,
      (ledger) => ledger.execute([refOf(row)], world.engine),
      (ledger) => ledger.findOutcome([refOf(row)]).then(one),
      end,
    );
    expect(second).toMatchObject({ outcome: 'committed', settlement: { status } });
  });
});
