import type { Settlement } from '../../src/domain/settlement';
import type { LedgerAnswer } from '../../src/ledger/port';
import { testDatabase } from '../support/database';
import { LedgerWorld, one, refOf } from '../support/ledger-world';

const world = new LedgerWorld(testDatabase());
let terms: { buyer: string; seller: string; quantity: string; price: string };

beforeAll(() => world.setUp());
beforeEach(async () => {
  const [buyer, seller] = [await world.account({ USDT: '1000' }), await world.account({ BTC: '10' })];
  terms = { buyer, seller, quantity: '1', price: '100' };
});
afterEach(() => world.expectCoherent());

const twice = (row: Settlement) => [refOf(row), refOf(row)];

const STEPS = [
  ['pending', 'initiate', 'initiated'],
  ['initiated', 'lockSecurities', 'seller_securities_locked'],
  ['seller_securities_locked', 'lockCash', 'buyer_cash_locked'],
  ['buyer_cash_locked', 'execute', 'confirmed'],
  ['confirmed', 'finalise', 'settled'],
] as const;

test.each(STEPS)('a set that names a %s settlement twice: %s moves it once, to %s', async (from, verb, to) => {
  const row = await world.settlementIn(from, terms);
  const answers = await world.ledger[verb](twice(row), world.engine);
  expect(answers.map(({ outcome, settlement }: LedgerAnswer) => [outcome, settlement?.status])).toEqual([
    ['committed', to],
    ['committed', to],
  ]);
});

test.each(['cancel', 'pause', 'resume'] as const)(
  'a set that names a settlement twice: %s carries it out once',
  async (verb) => {
    const row = await world.settlementIn('initiated', terms);
    const answers = await world.ledger[verb](twice(row), world.ops);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['committed', 'committed']);
  },
);

it('answers each place of a set, in its order', async () => {
  const [first, second] = [await world.settlementIn('initiated', terms), await world.settlementIn('pending', terms)];
  const answers = await world.ledger.findOutcome([second, first, second].map(refOf));
  expect(answers.map(({ settlement_id }) => settlement_id)).toEqual([second.id, first.id, second.id]);
});

it('a late execute of an earlier attempt moves nothing', async () => {
  const first = await world.settlementIn('initiated', terms);
  const failed = one(
    await world.ledger.abort([{ ...refOf(first), code: 'INSUFFICIENT_CASH', reason: 'a test' }], world.engine),
  );
  expect(failed.settlement?.status).toBe('failed');
  one(await world.ledger.retry([refOf(first)], world.ops));
  const second = await world.driveTo('buyer_cash_locked', await world.read(first));

  const late = one(await world.ledger.execute([refOf(first)], world.engine));

  expect(late.settlement).toMatchObject({ status: 'buyer_cash_locked', attempt: 2 });
  expect(one(await world.ledger.execute([refOf(second)], world.engine)).settlement?.status).toBe('confirmed');
});
