import type { CommonQueryMethods, DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import { sql } from '../postgres/sql';
import type { Check, CheckResult } from './check';
import { balancesEqualPostings, nothingIsNaN, postingsSumToZero } from './checks/01-postings-and-balances';
import {
  holdsFollowTheirSettlement,
  nothingIsNegative,
  refusalsAreKept,
  reservedEqualsActiveHolds,
} from './checks/02-holds';
import {
  oneSettlementPerTrade,
  oneSwapPerSettlement,
  swapExactlyWhenConfirmed,
  swapMovesBothLegs,
} from './checks/03-swaps';
import { refsFindTheirRows, refsFromTheirStateOn } from './checks/04-refs';
import {
  eventsAreALegalPath,
  marksAreThoseOfTheEvents,
  rowsEndWhereTheirEventsEnd,
  timesAreThoseOfTheEvents,
} from './checks/05-events';
import { guardsStand } from './checks/05-guards';
import { outboxTellsWhatHappened, termsAreAsAccepted, whatWasAcceptedExists } from './checks/06-acceptance';
import { keysBindTheirPayloads } from './checks/06-keys';
import {
  accountsShowTheirCash,
  assetsSumToZero,
  onlyCustomersHaveBalances,
  openingsComeFromCustody,
} from './checks/07-books';

export interface VerifyReport {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
}

/** Every check, in the order of docs/INVARIANTS.md. */
export const CHECKS: readonly Check[] = [
  nothingIsNaN,
  postingsSumToZero,
  balancesEqualPostings,
  nothingIsNegative,
  reservedEqualsActiveHolds,
  holdsFollowTheirSettlement,
  refusalsAreKept,
  oneSettlementPerTrade,
  oneSwapPerSettlement,
  swapExactlyWhenConfirmed,
  swapMovesBothLegs,
  refsFromTheirStateOn,
  refsFindTheirRows,
  eventsAreALegalPath,
  rowsEndWhereTheirEventsEnd,
  timesAreThoseOfTheEvents,
  marksAreThoseOfTheEvents,
  guardsStand,
  whatWasAcceptedExists,
  termsAreAsAccepted,
  outboxTellsWhatHappened,
  keysBindTheirPayloads,
  assetsSumToZero,
  openingsComeFromCustody,
  onlyCustomersHaveBalances,
  accountsShowTheirCash,
];

/** How long one query of verify may take. */
export const VERIFY_TIMEOUT_MS = 10 * 60_000;

const settings = z.object({ statement_timeout: z.string(), work_mem: z.string(), jit: z.string() });

/**
 * Checks every invariant in one snapshot: repeatable read, so that a settlement under way is seen whole or not at all, and
 * read only. The server's statement timeout is lifted to VERIFY_TIMEOUT_MS; a pool's own `queryTimeoutMs` is not, so a
 * large ledger wants a pool that was made with `queryTimeoutMs: VERIFY_TIMEOUT_MS`.
 */
export function runVerify(pool: DatabasePool): Promise<VerifyReport> {
  return pool.transaction(async (transaction) => {
    await transaction.query(sql.void`set transaction isolation level repeatable read read only`);
    return verifyOn(transaction);
  });
}

/** The same on a connection inside of a transaction, whatever that transaction sees: what the caller changed in it, too. */
export async function verifyOn(connection: CommonQueryMethods): Promise<VerifyReport> {
  await connection.any(sql.type(settings)`
    select
      set_config('statement_timeout', ${String(VERIFY_TIMEOUT_MS)}, true) as statement_timeout,
      set_config('work_mem', '64MB', true) as work_mem,
      set_config('jit', 'off', true) as jit
  `);
  const checks: CheckResult[] = [];
  for (const check of CHECKS) checks.push(await check.run(connection));
  return { ok: checks.every((check) => check.ok), checks };
}
