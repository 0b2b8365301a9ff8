import { z } from 'zod/v4';
import { sql } from '../../src/postgres/sql';
import type { Settlement } from '../../src/domain/settlement';
import type { LedgerWorld } from './ledger-world';
import type { Connection } from './two-sessions';

/**
 * Makes every `operation` on `table` fail inside its transaction while `work` runs, by a trigger that exists only in this
 * test database, and expects that the work fails by it and that nothing at all has changed.
 */
export async function expectNothingDone(
  world: LedgerWorld,
  [operation, table]: readonly ['insert' | 'update', string],
  work: () => Promise<unknown>,
): Promise<void> {
  const before = await world.everything();
  await world.database.asSuperuser((client) =>
    client.query(`
      create function pull_plug() returns trigger language plpgsql as $$ begin raise exception 'pulled plug'; end $$;
      create trigger pull_plug after ${operation} on ${table} execute function pull_plug()`),
  );
  try {
    await expect(work()).rejects.toThrow('pulled plug');
  } finally {
    await world.database.asSuperuser((client) => client.query('drop function pull_plug() cascade'));
  }
  expect(await world.everything()).toEqual(before);
}

/** set_account_status over a connection that may be in the middle of a transaction. */
export async function suspend(
  connection: Pick<Connection, 'any'>,
  account: string,
  status = 'inactive',
): Promise<void> {
  await connection.any(sql.type(z.object({ previous_status: z.string() }))`
    select previous_status from set_account_status(${account}::uuid, ${status}, 'ops', 'a test')`);
}

/** Halts an instrument, or lifts the halt. */
export async function setInstrument(
  connection: Pick<Connection, 'query'>,
  symbol: string,
  status: string,
): Promise<void> {
  await connection.query(sql.void`update instruments set status = ${status} where symbol = ${symbol}`);
}

/** Fails the attempt with a code that is not retried, has ops retry it: the same settlement at its next attempt. */
export async function atNextAttempt(world: LedgerWorld, row: Settlement): Promise<Settlement> {
  const rejected = { settlement_id: row.id, attempt: row.attempt };
  await world.ledger.abort([{ ...rejected, code: 'ACCOUNT_NOT_ACTIVE', reason: 'a test' }], world.engine);
  const [answer] = await world.ledger.retry([rejected], world.ops);
  if (answer?.settlement?.status !== 'initiated') throw new Error(`not retried: ${JSON.stringify(answer)}`);
  return answer.settlement;
}
