import type { DatabasePool } from 'slonik';
import type { Instrument } from '../domain/instrument';
import { canonicalDecimal } from '../domain/money';
import { openBook, type Opening } from '../service/account-book';
import { readAccounts, readInstruments, type DayAccount } from './read-day';

/** How much of a day's opening was new. */
export interface LoadedDay {
  /** Balances that the day names. */
  readonly balances: number;
  /** Those of them that were not there before; the others were left as they are. */
  readonly opened: number;
}

/** A day's folder as it was read, without its trades. */
export interface DayFolder {
  readonly dir: string;
  readonly instruments: readonly Instrument[];
  readonly accounts: readonly DayAccount[];
}

/** Reads what a day must find in place. Throws DayFolderError. */
export async function readDayFolder(dir: string): Promise<DayFolder> {
  return { dir, instruments: await readInstruments(dir), accounts: await readAccounts(dir) };
}

/**
 * Opens a day's instruments, accounts and balances; doing it again changes nothing. Throws OpeningConflictError where the
 * day contradicts what is there.
 */
export async function loadDay(pool: DatabasePool, folder: DayFolder, actor: string): Promise<LoadedDay> {
  const opening = openingOf(folder.instruments, folder.accounts);
  const opened = await openBook(pool, opening, actor);
  return { balances: opening.balances.length, opened };
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
