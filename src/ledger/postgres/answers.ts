import type { DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import { FAILURE_CODES } from '../../domain/failure';
import { classifyError } from '../../postgres/errors';
import { sql, type Sql } from '../../postgres/sql';
import type { CommandAnswer, LedgerAnswer, SettlementRef } from '../port';
import { settlementRow } from '../../postgres/settlement-row';

const shared = {
  settlement_id: z.string(),
  reason: z.string().nullable(),
  wakes: z.array(z.string()),
  settlement: settlementRow.nullable(),
};

/** A row of the answer that every transition function gives (`answer_steps`). */
export const stepRow = z.object({
  ...shared,
  outcome: z.enum(['committed', 'waiting', 'rejected']),
  code: z.enum(FAILURE_CODES).nullable(),
});

/** The same for a command of ops. */
export const commandRow = z.object({ ...shared, outcome: z.enum(['committed', 'forbidden', 'not_found']) });

export const stepColumns = sql.fragment`settlement_id, outcome, code, reason, wakes, settlement`;
export const commandColumns = sql.fragment`settlement_id, outcome, reason, wakes, settlement`;

/**
 * Calls a transition function for a set and answers in the set's order. A connection lost under the call is the answer
 * 'unknown' for each: the transaction may have committed, and only the row can tell. Other errors are thrown.
 */
export async function askSteps(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  query: Sql<z.output<typeof stepRow>>,
): Promise<LedgerAnswer[]> {
  try {
    const rows = await rowsById(pool, query);
    return settlements.map(({ settlement_id }) => rows.get(settlement_id) ?? noRow(settlement_id));
  } catch (error) {
    if (classifyError(error).kind !== 'unknown') throw error;
    return settlements.map(({ settlement_id }) => ({ ...NOTHING, settlement_id, outcome: 'unknown' }));
  }
}

/** Calls a command function for a set; nothing is guessed here, so a lost answer is thrown and the caller asks again. */
export function askCommands(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  query: Sql<z.output<typeof commandRow>>,
): Promise<CommandAnswer[]> {
  return askRows(pool, settlements, query);
}

/**
 * Calls a function for a set and answers in the set's order; a lost answer is thrown, like a refused connection. For reads:
 * they leave nothing unknown, and thrown it is seen and tried again with the pauses of a retry, not at once for ever.
 */
export async function askRows<Row extends { readonly settlement_id: string }>(
  pool: DatabasePool,
  settlements: readonly SettlementRef[],
  query: Sql<Row>,
): Promise<Row[]> {
  const rows = await rowsById(pool, query);
  return settlements.map(({ settlement_id }) => rows.get(settlement_id) ?? missing(settlement_id));
}

async function rowsById<Row extends { readonly settlement_id: string }>(
  pool: DatabasePool,
  query: Sql<Row>,
): Promise<ReadonlyMap<string, Row>> {
  return new Map((await pool.any(query)).map((row) => [row.settlement_id, row]));
}

/** A step of a settlement that the database does not know: nothing moved, and there is no row. */
function noRow(settlement_id: string): LedgerAnswer {
  return { ...NOTHING, settlement_id, outcome: 'committed' };
}

const NOTHING = { settlement: null, code: null, reason: null, wakes: [] };

function missing(settlementId: string): never {
  throw new Error(`the database did not answer about settlement ${settlementId}`);
}

/** The ids of a set as an SQL array. */
export function idsOf(settlements: readonly SettlementRef[]) {
  return sql.array(
    distinct(settlements).map((s) => s.settlement_id),
    'uuid',
  );
}

/** The set without repeats: a function is asked about a settlement once, and each place of it in the set gets the answer. */
export function distinct<Ref extends SettlementRef>(settlements: readonly Ref[]): Ref[] {
  return [...new Map(settlements.map((s) => [s.settlement_id, s])).values()];
}
