import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { FAILURE_CODES } from '../../domain/failure';
import { SETTLEMENT_STATUSES } from '../../domain/settlement';
import { settlementRow } from '../settlement-row';
import { sql } from '../sql';
import type { StartableSettlement } from './open-settlements';

/** The database's clock: what `created_at` and the other times of rows are compared with. */
export function databaseTime(db: CommonQueryMethods): Promise<string> {
  return db.oneFirst(sql.type(z.object({ now: z.string() }))`
    select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now
  `);
}

const startable = z.object({ settlement: settlementRow, event: z.record(z.string(), z.unknown()) });

/** Of these settlements those that are neither closed nor parked, with what starts them, in the order of acceptance. */
export function unfinishedAmong(
  db: CommonQueryMethods,
  settlementIds: readonly string[],
): Promise<readonly StartableSettlement[]> {
  return db.any(sql.type(startable)`
    select to_jsonb(r) as settlement, t.accepted_event as event
    from settlement_rows r
    join trades t on t.matching_engine_trade_id = r.trade_id
    where r.id = any (${sql.array([...settlementIds], 'uuid')}) and r.closed_at is null and r.parked_since is null
    order by r.accept_seq::bigint
  `);
}

const unfinishedRow = z.object({
  id: z.string(),
  trade_id: z.string(),
  paused: z.boolean(),
  settlement_date: z.string(),
});
export type UnfinishedSettlement = z.output<typeof unfinishedRow>;

/** The same, without what starts them. */
export function stillUnfinished(
  db: CommonQueryMethods,
  settlementIds: readonly string[],
): Promise<readonly UnfinishedSettlement[]> {
  return db.any(sql.type(unfinishedRow)`
    select
      s.id, t.matching_engine_trade_id as trade_id, s.paused,
      to_char(s.settlement_date, 'YYYY-MM-DD') as settlement_date
    from settlements s
    join trades t on t.id = s.trade_id
    where s.id = any (${sql.array([...settlementIds], 'uuid')}) and s.closed_at is null and s.parked_since is null
  `);
}

const outcomeRow = z.object({
  id: z.string(),
  trade_id: z.string(),
  status: z.enum(SETTLEMENT_STATUSES),
  failure_code: z.enum(FAILURE_CODES).nullable(),
  failure_reason: z.string().nullable(),
  base_asset: z.string(),
  quote_asset: z.string(),
  quantity: z.string(),
  amount: z.string(),
  buyer_commission: z.string(),
  seller_commission: z.string(),
  buyer_account_id: z.string(),
  seller_account_id: z.string(),
  buyer_account_number: z.string(),
  seller_account_number: z.string(),
  created_at: z.string(),
  settled_at: z.string().nullable(),
  parked_since: z.string().nullable(),
  closed_at: z.string().nullable(),
});
/** A settlement as a day's report needs it. */
export type OutcomeRow = z.output<typeof outcomeRow>;

/** How these settlements stand, in the order of acceptance. */
export function outcomesOf(db: CommonQueryMethods, settlementIds: readonly string[]): Promise<readonly OutcomeRow[]> {
  return db.any(sql.type(outcomeRow)`
    select
      r.id, r.trade_id, r.status::text as status, r.failure_code, r.failure_reason, r.base_asset, r.quote_asset,
      r.quantity, r.amount, r.buyer_commission, r.seller_commission, r.buyer_account_id, r.seller_account_id,
      r.buyer_account_number, r.seller_account_number, r.created_at, r.settled_at, r.parked_since, r.closed_at
    from settlement_rows r
    where r.id = any (${sql.array([...settlementIds], 'uuid')})
    order by r.accept_seq::bigint
  `);
}

/** Whether there is any trade; false where there is not even the table. */
export async function holdsTrades(db: CommonQueryMethods): Promise<boolean> {
  const there = await db.oneFirst(sql.type(z.object({ there: z.boolean() }))`
    select to_regclass('public.trades') is not null as there
  `);
  if (!there) return false;
  return db.oneFirst(sql.type(z.object({ holds: z.boolean() }))`select exists (select from trades) as holds`);
}
