import { findSettlement, listSettlements } from '../../src/postgres/queries/settlements';
import { testDatabase } from '../support/database';
import { LedgerWorld, one } from '../support/ledger-world';

const world = new LedgerWorld(testDatabase());
let terms: { buyer: string; seller: string; quantity: string; price: string };

beforeAll(async () => {
  await world.setUp();
  const buyer = await world.account({ USDT: '1000' });
  const seller = await world.account({ BTC: '10' });
  terms = { buyer, seller, quantity: '1', price: '10' };
});

test('a settlement is found by its trade id and by its own id, in capitals too; nothing else is', async () => {
  const settlement = one(await world.accept(terms));
  for (const id of [settlement.trade_id, settlement.id, settlement.id.toUpperCase()]) {
    expect(await findSettlement(world.pool, id)).toEqual(settlement);
  }
  for (const id of ['nothing', settlement.buyer_account_id, ''])
    expect(await findSettlement(world.pool, id)).toBeNull();
});

test('a trade id that is the id of another settlement is refused, and each is found by the other id', async () => {
  const first = one(await world.accept(terms));
  const second = one(await world.accept({ ...terms, trade_id: first.id }));
  await expect(findSettlement(world.pool, first.id)).rejects.toThrow(
    `say ${second.id} for the one, ${first.trade_id} for the other`,
  );
  expect(await findSettlement(world.pool, second.id)).toEqual(second);
  expect(await findSettlement(world.pool, first.trade_id)).toEqual(first);
});

test('the list is in the order of acceptance, by what is asked for', async () => {
  const [buyer, other] = [await world.account({ USDT: '1000' }), await world.account()];
  const mine = await world.accept({ ...terms, buyer }, { ...terms, buyer });
  const ids = async (filter: object) =>
    (await listSettlements(world.pool, { limit: 10, ...filter })).map(({ id }) => id);
  expect(await ids({ account_id: buyer })).toEqual(mine.map(({ id }) => id));
  expect(await ids({ account_id: buyer, status: 'pending', symbol: 'BTC-USDT', limit: 1 })).toEqual([mine[0]?.id]);
  expect(await ids({ account_id: buyer, status: 'failed' })).toEqual([]);
  expect(await ids({ account_id: buyer, failure_code: 'DEADLINE_PASSED' })).toEqual([]);
  expect(await ids({ account_id: other })).toEqual([]);
});
