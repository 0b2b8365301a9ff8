import { FEES_ACCOUNT } from '../support/accounts';
import { testDatabase } from '../support/database';
import { LedgerWorld } from '../support/ledger-world';
import { expectNothingDone, suspend } from '../support/pull-plug';
import { race } from '../support/two-sessions';

/** Credits and debits by ops, and the suspension of an account: what comes from outside of the settlements. */
const world = new LedgerWorld(testDatabase());
let account: string;
let other: string;
beforeAll(() => world.setUp());
beforeEach(async () => {
  account = await world.account({ BTC: '10' });
  other = await world.account({ BTC: '10' });
});
afterEach(() => world.expectCoherent());

const key = () => `adjust:${account}`;

it('credits and debits against custody', async () => {
  expect(await world.adjust(account, 'BTC', '2.5')).toMatchObject({
    outcome: 'committed',
    available: '12.5',
    reserved: '0',
  });
  expect(await world.adjust(account, 'BTC', '-12.5')).toMatchObject({ outcome: 'committed', available: '0' });
  expect(await world.adjust(account, 'BTC', '-0.00000001')).toMatchObject({ outcome: 'short', available: '0' });
});

it('twice under one key: once; another amount, asset or account under it: a conflict', async () => {
  await world.adjust(account, 'BTC', '1', { key: key() });
  const before = await world.everything();
  expect(await world.adjust(account, 'BTC', '1.000', { key: key() })).toMatchObject({
    outcome: 'known',
    available: '11',
  });
  expect(await world.adjust(account, 'BTC', '2', { key: key() })).toMatchObject({
    outcome: 'conflict',
    available: '11',
  });
  expect(await world.adjust(other, 'BTC', '1', { key: key() })).toMatchObject({ outcome: 'conflict', available: '10' });
  expect(await world.everything()).toEqual(before);
});

it.each(['commit', 'rollback'] as const)('two sessions with one key (%s): once', async (end) => {
  const { second } = await race(
    world,
    (_ledger, connection) => world.adjust(account, 'BTC', '1', { key: key(), connection }),
    () => world.adjust(account, 'BTC', '1', { key: key() }),
    end,
  );
  expect(second).toMatchObject({ outcome: end === 'commit' ? 'known' : 'committed', available: '11' });
});

it('two sessions with one key for two accounts: the second is a conflict', async () => {
  const { second } = await race(
    world,
    (_ledger, connection) => world.adjust(account, 'BTC', '1', { key: key(), connection }),
    () => world.adjust(other, 'BTC', '1', { key: key() }),
  );
  expect(second).toMatchObject({ outcome: 'conflict', available: '10' });
});

it('two debits at once of what covers one: the second is short', async () => {
  const { second } = await race(
    world,
    (_ledger, connection) => world.adjust(account, 'BTC', '-7', { connection }),
    () => world.adjust(account, 'BTC', '-7'),
  );
  expect(second).toMatchObject({ outcome: 'short', available: '3' });
});

it('takes nothing that settlements in line have coming to them, whether they hold it yet or not', async () => {
  const terms = { seller: account, buyer: other, quantity: '4', price: '1' };
  await world.accept(terms);
  await world.adjust(other, 'USDT', '4');
  await world.settlementIn('seller_securities_locked', terms);
  expect(await world.adjust(account, 'BTC', '-2.1')).toMatchObject({
    outcome: 'short',
    available: '6',
    reserved: '4',
    in_line: '4',
  });
  expect(await world.adjust(account, 'BTC', '-2')).toMatchObject({ outcome: 'committed', available: '4' });
});

it.each([
  ['insert', 'postings'],
  ['update', 'balances'],
  ['update', 'accounts'],
] as const)('a fault after the %s of %s leaves nothing', async (...where) => {
  await expectNothingDone(world, where, () => world.adjust(account, 'USDT', '1'));
});

it('a system account and an unknown one have no balance to adjust', async () => {
  const before = await world.everything();
  await expect(world.adjust(FEES_ACCOUNT, 'BTC', '1')).rejects.toThrow('it has postings and no balances');
  await expect(world.adjust('00000000-0000-4000-8000-00000000dead', 'BTC', '1')).rejects.toThrow();
  expect(await world.everything()).toEqual(before);
});

it('suspending twice writes one audit record, and two sessions one after the other', async () => {
  await race(
    world,
    (_ledger, connection) => suspend(connection, account),
    () => suspend(world.pool, account),
  );
  const { audits } = await world.database.asSuperuser(async (client) => {
    const { rows } = await client.query<{ audits: number }>(
      'select count(*)::int as audits from audit_logs where account_id = $1',
      [account],
    );
    return rows[0] ?? { audits: -1 };
  });
  expect(audits).toBe(1);
});
