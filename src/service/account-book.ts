import type { DatabasePool } from 'slonik';
import type { Instrument } from '../domain/instrument';
import { setAccountStatus, type StatusChange } from '../ledger/postgres/account-status';
import { adjustBalance, type Adjustment, type AdjustmentAnswer } from '../ledger/postgres/adjust-balance';
import { listInstruments } from '../ledger/postgres/list-instruments';
import { openAccounts, openBalances, type AccountOpening, type BalanceOpening } from '../ledger/postgres/open-accounts';
import { instrumentsBySymbol } from '../postgres/queries/instruments';
import type { Waker } from './waker';

/** What a day needs to be there before its first trade. */
export interface Opening {
  readonly instruments: readonly Instrument[];
  readonly accounts: readonly AccountOpening[];
  readonly balances: readonly BalanceOpening[];
}

/** An opening that contradicts what is there; nothing of it was written. */
export class OpeningConflictError extends Error {
  override readonly name = 'OpeningConflictError';
}

/** How many accounts or balances one statement opens. */
const CHUNK = 1000;
const SCALES = ['quantity_scale', 'price_scale', 'cash_scale'] as const;

/**
 * Opens instruments, accounts and balances in one transaction; what is there is left as it is, so it may be done again.
 * Answers how many balances were opened. Throws OpeningConflictError.
 */
export function openBook(pool: DatabasePool, opening: Opening, actor: string): Promise<number> {
  return pool.transaction(async (db) => {
    await listInstruments(db, opening.instruments);
    refuseOtherScales(
      opening.instruments,
      await instrumentsBySymbol(
        db,
        opening.instruments.map(({ symbol }) => symbol),
      ),
    );
    for (const accounts of chunksOf(opening.accounts, CHUNK)) {
      const [clash] = await openAccounts(db, accounts);
      if (clash !== undefined) {
        throw new OpeningConflictError(
          `Account ${clash.account_number} (${clash.account_id}) cannot be opened: ${clash.problem}. ` +
            'Correct accounts.json, or give the day another data folder.',
        );
      }
    }
    let opened = 0;
    for (const balances of chunksOf(opening.balances, CHUNK)) {
      opened += await openBalances(db, balances, { actor, reason: 'opening balance' });
    }
    return opened;
  });
}

function refuseOtherScales(wanted: readonly Instrument[], there: readonly Instrument[]): void {
  const known = new Map(there.map((instrument) => [instrument.symbol, instrument]));
  for (const instrument of wanted) {
    for (const scale of SCALES) {
      const before = known.get(instrument.symbol)?.[scale];
      if (before === instrument[scale]) continue;
      throw new OpeningConflictError(
        `Instrument ${instrument.symbol} is known with ${scale} ${String(before)}, not ${instrument[scale]}: ` +
          'scales never change. Correct instruments.json, or give the day another data folder.',
      );
    }
  }
}

/** Pieces of at most `size`, in order. */
export function* chunksOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Credits or debits a customer's balance and wakes who waited for it. */
export async function adjust(pool: DatabasePool, waker: Waker, adjustment: Adjustment): Promise<AdjustmentAnswer> {
  const answer = await adjustBalance(pool, adjustment);
  waker.wake(answer.wakes);
  return answer;
}

/** Suspends or activates an account; answers the status before. */
export function changeAccountStatus(pool: DatabasePool, change: StatusChange): Promise<string> {
  return setAccountStatus(pool, change);
}
