import { InvalidArgumentError } from 'commander';
import type { DatabasePool } from 'slonik';
import { ASSET_PATTERN } from '../../domain/instrument';
import { canonicalDecimal, decimalProblem } from '../../domain/money';
import { printable } from '../../domain/refusal';
import { findAccount, type AccountRow } from '../../postgres/queries/accounts';
import { knownAssets } from '../../postgres/queries/instruments';
import { commandProblem } from '../../protocol/temporal/settlement-messages';
import { CliError } from '../cli-error';
import { actor } from './servers';

/** An amount above zero, as a decimal string. */
export function amountArgument(text: string): string {
  const problem = decimalProblem(text);
  if (problem !== null) {
    const expected = problem.code === 'OUT_OF_RANGE' ? 'a number below 1e20' : 'digits such as 640.25';
    throw new InvalidArgumentError(`${printable(text)} ${problem.problem}; expected ${expected}.`);
  }
  const amount = canonicalDecimal(text);
  if (amount === '0') throw new InvalidArgumentError('The amount is zero; expected more.');
  return amount;
}

export function assetArgument(text: string): string {
  if (ASSET_PATTERN.test(text)) return text;
  throw new InvalidArgumentError(`${printable(text)} is no asset; expected 1 to 10 of A-Z and 0-9, such as USDC.`);
}

export function countArgument(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`${printable(text)} is no count; expected a whole number from 1 to 9999999.`);
}

/** A reason that may be written into the books. */
export function reasonArgument(text: string): string {
  const problem = commandProblem({ actor: actor(), reason: text });
  if (problem === null) return text;
  throw new InvalidArgumentError(`${problem}.`);
}

/** An idempotency key: what a person can type again. */
export function keyArgument(text: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError('A key is 1 to 200 printable ASCII characters without spaces.');
}

/** The account of an id or a number. Throws CliError if there is none. */
export async function accountOf(pool: DatabasePool, idOrNumber: string): Promise<AccountRow> {
  const account = await findAccount(pool, idOrNumber);
  if (account !== null) return account;
  throw new CliError(
    `There is no account ${printable(idOrNumber)}: "cantondex accounts list" shows those that there are.`,
  );
}

/** The same, for what only a customer's account can have. */
export async function customerOf(pool: DatabasePool, idOrNumber: string): Promise<AccountRow> {
  const account = await accountOf(pool, idOrNumber);
  if (account.kind === 'customer') return account;
  throw new CliError(
    `${account.account_number} is the ${account.kind} account, not a customer's: it cannot be changed by hand.`,
  );
}

/** A slip of the pen in an asset's name would open a balance that nobody can trade. */
export async function refuseUnknownAsset(pool: DatabasePool, asset: string): Promise<void> {
  const assets = await knownAssets(pool);
  if (assets.includes(asset)) return;
  const known = assets.length === 0 ? 'there are none: load a day first' : `known are ${assets.join(', ')}`;
  throw new CliError(`No instrument has the asset ${asset}; ${known}.`);
}
