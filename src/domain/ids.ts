/**
 * Deterministic ids and idempotency keys. A retry, a reset, a second door or a restored database computes the same id
 * from the same trade and finds what is already there. Temporal's run, attempt and activity ids are in none of them.
 */
import { v5 } from 'uuid';

/** The namespace of all of the project's v5 ids. Changing it makes every known trade unknown. */
export const ID_NAMESPACE = '4528e1d6-aff1-4a93-8c16-10046cb43662';

/** A UUID of any version, in either case; it is kept and compared in lower case. */
export const UUID_PATTERN = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** The side of a settlement that a hold secures: the seller's securities or the buyer's cash. */
export type HoldSide = 'securities' | 'cash';

/** trades.id of a trade. */
export function tradeRowId(tradeId: string): string {
  return v5(`trade:${tradeId}`, ID_NAMESPACE);
}

/** settlements.id of a trade: one settlement for each, by construction. */
export function settlementId(tradeId: string): string {
  return v5(`settlement:${tradeId}`, ID_NAMESPACE);
}

/** settlements.dvp_contract_id: the same for every attempt of a settlement. */
export function dvpContractId(settlement: string): string {
  return v5(`dvp-contract:${settlement}`, ID_NAMESPACE);
}

/** The idempotency key of a hold: one for each attempt and side. */
export function holdKey(settlement: string, attempt: number, side: HoldSide): string {
  return `settlement:${settlement}:${attempt}:${side}`;
}

/** The idempotency key of the swap. It has no attempt: a settlement is swapped at most once, ever. */
export function swapKey(settlement: string): string {
  return `settlement:${settlement}:swap`;
}

/** The idempotency key of an opening balance: an account's balance of an asset is opened at most once, ever. */
export function openingKey(accountId: string, asset: string): string {
  return `opening:${accountId}:${asset}`;
}

/** users.id of the user that is made for an account that comes without one. */
export function userIdOfAccount(accountId: string): string {
  return v5(`user:${accountId}`, ID_NAMESPACE);
}

/** The row id that belongs to an idempotency key: holds.id of a holdKey, ledger_transactions.id of a swapKey. */
export function idOfKey(key: string): string {
  return v5(`key:${key}`, ID_NAMESPACE);
}
