import { z } from 'zod/v4';
import { idOfKey, swapKey } from '../../src/domain/ids';
import { swapPostings } from '../../src/domain/legs';
import type { Settlement } from '../../src/domain/settlement';
import type { Ledger } from '../../src/ledger/port';
import { sql } from '../../src/postgres/sql';
import { FEES_ACCOUNT } from '../support/accounts';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf, rowOf } from '../support/ledger-world';
import { atNextAttempt, expectNothingDone, suspend } from '../support/pull-plug';
import { queue, race } from '../support/two-sessions';

const world = new LedgerWorld(testDatabase());
let seller: string;
let buyer: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  seller = await world.account({ BTC: '10' });
  buyer = await world.account({ USDT: '1000' });
});
afterEach(() => world.expectCoherent());

const terms = () => ({ buyer, seller, quantity: '2', price: '50', buyer_commission: '1', seller_commission: '2.5' });
const ready = () => world.settlementIn('buyer_cash_locked', terms());
const execute = (row: Settlement, ledger: Ledger = world.ledger) =>
  ledger.execute([refOf(row)], world.engine).then(one);
const holdings = async () => [
  await world.balance(seller, 'BTC'),
  await world.balance(seller, 'USDT'),
  await world.balance(buyer, 'BTC'),
  await world.balance(buyer, 'USDT'),
];
const BEFORE = [
  { available: '8', reserved: '2' },
  { available: '0', reserved: '0' },
  { available: '0', reserved: '0' },
  { available: '899', reserved: '101' },
];
const AFTER = [
  { available: '8', reserved: '0' },
  { available: '97.5', reserved: '0' },
  { available: '2', reserved: '0' },
  { available: '899', reserved: '0' },
];
const swapsOf = async (row: Settlement) => {
  const { n } = await world.pool.one(sql.type(z.object({ n: z.int() }))`
    select count(*)::int as n from ledger_transactions where settlement_id = ${row.id}`);
  return n;
};

describe('execute', () => {
  it('moves both legs and the fees in one commit, with executing and confirmed', async () => {
    const row = await ready();
    expect(await holdings()).toEqual(BEFORE);
    const answer = await execute(row);
    expect(answer).toMatchObject({ outcome: 'committed', code: null, wakes: [], settlement: { status: 'confirmed' } });
    expect(await holdings()).toEqual(AFTER);

    const confirmed = rowOf(answer);
    const transaction = idOfKey(swapKey(row.id));
    expect(confirmed.dvp_atomic_transaction_id).toBe(transaction);
    const posting = z.object({ id: z.string(), account_id: z.string(), asset: z.string(), amount: z.string() });
    const postings = await world.pool.any(sql.type(posting)`
      select id::text as id, account_id, asset, trim_scale(amount)::text as amount from postings where transaction_id = ${transaction}
      order by id`);
    expect(postings.map(({ account_id, asset, amount }) => ({ account_id, asset, amount }))).toEqual(
      swapPostings({ ...confirmed, seller, buyer, base: 'BTC', quote: 'USDT' }, FEES_ACCOUNT),
    );
    expect(confirmed.buyer_securities_ledger_ref).toBe(postings[1]?.id);
    expect(confirmed.seller_cash_ledger_ref).toBe(postings[3]?.id);

    const commits = await world.pool.any(sql.type(z.object({ to_status: z.string(), commit: z.string() }))`
      select to_status, xmin::text as commit from settlement_events where settlement_id = ${row.id} order by seq`);
    expect(new Set(commits.map((event) => event.commit)).size).toBe(5);
    expect(commits.at(-1)?.commit).toBe(commits.at(-2)?.commit);
  });

  it('twice: the same answer, nothing moves twice', async () => {
    const row = await ready();
    const first = await execute(row);
    const before = await world.everything();
    expect(await execute(row)).toEqual(first);
    expect(await world.everything()).toEqual(before);
  });

  it('a stale attempt: the row as it is, nothing moved', async () => {
    const row = await ready();
    await atNextAttempt(world, row);
    const before = await world.everything();
    expect(await execute(row)).toMatchObject({ outcome: 'committed', settlement: { status: 'initiated', attempt: 2 } });
    expect(await world.everything()).toEqual(before);
  });

  it('a second attempt consumes its own holds, under the one key of the swap', async () => {
    const row = await ready();
    const again = await world.driveTo('settled', await atNextAttempt(world, row));
    expect(again).toMatchObject({ attempt: 2, retry_count: 1, dvp_atomic_transaction_id: idOfKey(swapKey(row.id)) });
    expect(again.dvp_contract_id).toBe(row.dvp_contract_id);
    expect(again.buyer_cash_ledger_ref).not.toBe(row.buyer_cash_ledger_ref);
    expect(await holdings()).toEqual(AFTER);
    const holds = await world.pool.any(sql.type(z.object({ status: z.string() }))`
      select status from holds where settlement_id = ${row.id} order by status`);
    expect(holds.map((hold) => hold.status)).toEqual(['consumed', 'consumed', 'released', 'released']);
  });

  it('an account that was suspended: rejected, and nothing moves; active again, it does', async () => {
    const row = await ready();
    await suspend(world.pool, buyer);
    expect(await execute(row)).toMatchObject({ outcome: 'rejected', code: 'ACCOUNT_NOT_ACTIVE' });
    expect(await holdings()).toEqual(BEFORE);
    await suspend(world.pool, buyer, 'active');
    expect(await execute(row)).toMatchObject({ outcome: 'committed', settlement: { status: 'confirmed' } });
  });

  it('a set swaps each once, also between the same two accounts in both directions', async () => {
    await world.adjust(buyer, 'BTC', '5');
    await world.adjust(seller, 'USDT', '500');
    const there = await ready();
    const back = await world.settlementIn('buyer_cash_locked', { ...terms(), buyer: seller, seller: buyer });
    const answers = await world.ledger.execute([refOf(back), refOf(there)], world.engine);
    expect(answers.map((answer) => answer.settlement?.status)).toEqual(['confirmed', 'confirmed']);
    expect(await world.available(seller, 'BTC')).toBe('10');
    expect(await world.available(seller, 'USDT')).toBe('496.5');
  });

  it.each([
    ['insert', 'ledger_transactions'],
    ['insert', 'postings'],
    ['update', 'balances'],
    ['update', 'holds'],
    ['update', 'accounts'],
    ['insert', 'settlement_events'],
    ['update', 'settlements'],
  ] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
    const row = await ready();
    await expectNothingDone(world, where, () => execute(row));
    expect(await execute(row)).toMatchObject({ outcome: 'committed', settlement: { status: 'confirmed' } });
    expect(await holdings()).toEqual(AFTER);
  });

  it('stops when a hold is not there, instead of moving what nobody holds', async () => {
    const row = await ready();
    await world.database.asSuperuser((client) =>
      client.query(`begin; set local session_replication_role = replica;
        update settlements set buyer_cash_ledger_ref = gen_random_uuid() where id = '${row.id}'; commit`),
    );
    const before = await world.everything();
    await expect(execute(row)).rejects.toThrow('has 1 of its two holds');
    expect(await world.everything()).toEqual(before);
    await world.database.asSuperuser((client) =>
      client.query(`begin; set local session_replication_role = replica;
        update settlements set buyer_cash_ledger_ref = '${row.buyer_cash_ledger_ref}' where id = '${row.id}'; commit`),
    );
  });
});

describe('two sessions', () => {
  it.each(['commit', 'rollback'] as const)('execute against execute (%s): one swap', async (end) => {
    const row = await ready();
    const { first, second } = await race(
      world,
      (ledger) => execute(row, ledger),
      () => execute(row),
      end,
    );
    expect(second.settlement).toMatchObject({ status: 'confirmed' });
    if (end === 'commit') expect(second.settlement).toEqual(first.settlement);
    expect(await swapsOf(row)).toBe(1);
    expect(await holdings()).toEqual(AFTER);
  });

  it('cancel against execute: too late, and it says so', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => execute(row, ledger),
      (ledger) => ledger.cancel([refOf(row)], world.ops).then(one),
    );
    expect(second).toMatchObject({ outcome: 'forbidden', settlement: { status: 'confirmed' } });
    expect(await holdings()).toEqual(AFTER);
  });

  it('cancel against an execute that is rolled back: cancelled', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => execute(row, ledger),
      (ledger) => ledger.cancel([refOf(row)], world.ops).then(one),
      'rollback',
    );
    expect(second).toMatchObject({ outcome: 'committed', settlement: { status: 'failed', failure_code: 'CANCELLED' } });
    expect(await swapsOf(row)).toBe(0);
    expect(await world.available(buyer, 'USDT')).toBe('1000');
  });

  it.each([
    ['cancel', { status: 'failed', failure_code: 'CANCELLED' }],
    ['pause', { status: 'buyer_cash_locked', paused: true }],
  ] as const)('execute against %s: finds it, and swaps nothing', async (verb, found) => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => ledger[verb]([refOf(row)], world.ops),
      () => execute(row),
    );
    expect(second).toMatchObject({ outcome: 'committed', settlement: found });
    expect(await swapsOf(row)).toBe(0);
  });

  it('execute against a pause that is rolled back: swaps', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => ledger.pause([refOf(row)], world.ops),
      () => execute(row),
      'rollback',
    );
    expect(second.settlement).toMatchObject({ status: 'confirmed', paused: false });
  });

  it.each(['commit', 'rollback'] as const)(
    'execute against a suspension (%s) decides on the account as it is then',
    async (end) => {
      const row = await ready();
      const { second } = await race(
        world,
        (_ledger, connection) => suspend(connection, seller),
        () => execute(row),
        end,
      );
      expect(second.outcome).toBe(end === 'commit' ? 'rejected' : 'committed');
      expect(await swapsOf(row)).toBe(end === 'commit' ? 0 : 1);
    },
  );

  it('a suspension against execute waits: nothing moves once it has committed', async () => {
    const row = await ready();
    await race(
      world,
      (ledger) => execute(row, ledger),
      () => suspend(world.pool, seller),
    );
    expect(await holdings()).toEqual(AFTER);
  });

  it('execute against an abort: finds it failed', async () => {
    const row = await ready();
    const { second } = await race(
      world,
      (ledger) => ledger.abort([{ ...refOf(row), code: 'ACCOUNT_NOT_ACTIVE', reason: 'a test' }], world.engine),
      () => execute(row),
    );
    expect(second).toMatchObject({ outcome: 'committed', settlement: { status: 'failed' } });
    expect(await swapsOf(row)).toBe(0);
  });

  it('cancel behind an execute that waits for a balance: the row is locked first, so no deadlock', async () => {
    const row = await ready();
    const { second, third } = await queue(
      world,
      (_ledger, connection) => world.adjust(seller, 'BTC', '1', { connection }),
      () => execute(row),
      () => world.ledger.cancel([refOf(row)], world.ops).then(one),
    );
    expect(second.settlement).toMatchObject({ status: 'confirmed' });
    expect(third).toMatchObject({ outcome: 'forbidden', settlement: { status: 'confirmed' } });
  });

  it('40 swaps between two accounts in both directions, all at once: no deadlock', async () => {
    await world.adjust(buyer, 'BTC', '100');
    await world.adjust(seller, 'BTC', '100');
    await world.adjust(buyer, 'USDT', '4000');
    await world.adjust(seller, 'USDT', '4000');
    const rows: Settlement[] = [];
    for (let n = 0; n < 20; n += 1) {
      rows.push(
        await ready(),
        await world.settlementIn('buyer_cash_locked', { ...terms(), buyer: seller, seller: buyer }),
      );
    }
    const answers = await Promise.all(rows.map((row) => execute(row)));
    expect(answers.map((answer) => answer.settlement?.status)).toEqual(rows.map(() => 'confirmed'));
  });
});
