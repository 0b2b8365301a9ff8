import { sql } from '../../../src/postgres/sql';
import type { Books } from '../books';

export type Statement = ReturnType<typeof sql.void>;

export interface Damage {
  readonly what: string;
  /** The only check that may go red. */
  readonly red: string;
  readonly by: (books: Books) => Statement[];
}

export const ofSwap = (column: 'buyer' | 'seller') => sql.identifier(['s', `${column}_account_id`]);
export const dropConstraint = (table: string, name: string): Statement =>
  sql.void`alter table ${sql.identifier([table])} drop constraint ${sql.identifier([name])}`;
export const setRow = (id: string, assignments: ReturnType<typeof sql.fragment>): Statement =>
  sql.void`update settlements set ${assignments} where id = ${id}`;
export const removeEvent = (id: string, seq: ReturnType<typeof sql.fragment>): Statement =>
  sql.void`delete from settlement_events where settlement_id = ${id} and seq = ${seq}`;
export const lastSeq = (id: string) =>
  sql.fragment`(select max(seq) from settlement_events where settlement_id = ${id})`;
export const addPostings = (transaction: string, rows: ReturnType<typeof sql.fragment>): Statement =>
  sql.void`insert into postings (transaction_id, account_id, asset, amount)
    select ${transaction}::uuid, account_id, asset, amount from ${rows}`;
export const allowAnyBalance = sql.void`alter table balances drop constraint balances_below_1e20`;
export const allowNaN = ['amount_is_a_number', 'amount_below_1e20'].map(
  (name) => sql.void`alter domain amount drop constraint ${sql.identifier([name])}`,
);
export const legalise = (from: string, to: string): Statement =>
  sql.void`insert into settlement_transitions (kind, from_status, to_status) values ('step', ${from}, ${to})`;
/** Tells the outside something else of how a settlement ended. */
export const retell = (settlement: string, column: string, value: string): Statement =>
  sql.void`update outbox set payload = jsonb_set(payload, array[${column}::text], ${value}::jsonb)
    where settlement_id = ${settlement} and type = 'settled'`;
export const SECOND = '00000000-0000-4000-8000-000000000002';

export function secondSwap(settlement: string, key = 'again'): Statement[] {
  return [
    sql.void`drop index ledger_transactions_one_swap`,
    sql.void`insert into ledger_transactions (id, kind, settlement_id, idempotency_key, payload_hash, actor)
      values (${SECOND}, 'dvp', ${settlement}, ${key}, '', 'test')`,
    addPostings(SECOND, sql.fragment`swap_postings(${settlement}::uuid) p`),
  ];
}

export function moveBalances(settlement: string): Statement[] {
  return [
    sql.void`update balances b set available = b.available + p.amount
      from swap_postings(${settlement}::uuid) p
      where b.account_id = p.account_id and b.asset = p.asset`,
    sql.void`update accounts a set cash_balance = b.available
      from balances b, settlements s
      where b.account_id = a.id and b.asset = a.currency_primary and s.id = ${settlement}
        and a.id in (${ofSwap('buyer')}, ${ofSwap('seller')})`,
  ];
}
