import type { DatabasePool } from 'slonik';
import type { Instrument } from '../domain/instrument';
import { canonicalDecimal } from '../domain/money';
import { openBook, type Opening } from '../service/account-book';
import { readAccounts, readInstruments, type DayAccount } from './read-day';

/** What a day's folder brought, and how much of it was new. */
export interface LoadedDay {
  readonly instruments: readonly Instrument[];
  readonly accounts: readonly DayAccount[];
  /** Balances that the day names. */
  readonly balances: number;
  /** Those of them that were not there before; the others were left as they are. */
  readonly opened: number;
}

/**
 * Loads a day's instruments, accounts and opening balances; doing it again changes nothing. Throws DayFolderError for a
 * folder that cannot be used and OpeningConflictError for one that contradicts what is there.
 */
export async function loadDay(pool: DatabasePool, dir: string, actor: string): Promise<LoadedDay> {
  const instruments = await readInstruments(dir);
  const accounts = await readAccounts(dir);
  const opening = openingOf(instruments, accounts);
  const opened = await openBook(pool, opening, actor);
  return { instruments, accounts, balances: opening.balances.length, opened };
}

/** What must be there before the day's first trade. */
export function openingOf(instruments: readonly Instrument[], accounts: readonly DayAccount[]): Opening {
  return {
    instruments,
    accounts: accounts.map((account) => ({
      account_id: account.account_id,
      account_number: account.account_number,
      status: account.status,
      currency_primary: primaryCurrencyOf(instruments, account),
    })),
    balances: accounts.flatMap(({ account_id, balances }) =>
      Object.entries(balances).map(([asset, amount]) => ({ account_id, asset, amount: canonicalDecimal(amount) })),
    ),
  };
}

/** The quote asset of the day's first instrument that the account has something of, else of the first one. */
function primaryCurrencyOf(instruments: readonly Instrument[], { balances }: DayAccount): string {
  const tradable = instruments.find(
    ({ base, quote }) => Object.hasOwn(balances, base) || Object.hasOwn(balances, quote),
  );
  return (tradable ?? instruments[0])?.quote ?? 'USDC';
}
