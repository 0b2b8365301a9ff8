import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import type { Settlement } from '../../domain/settlement';
import { settlementRow } from '../settlement-row';
import { sql } from '../sql';

/** A settlement and the event that it was accepted with: what starts its workflow. */
export interface StartableSettlement {
  readonly settlement: Settlement;
  readonly event: Record<string, unknown>;
}

const startable = z.object({ settlement: settlementRow, event: z.record(z.string(), z.unknown()) });

/** What is needed to start, or wake, the workflows of these trades; unknown ones are left out. */
export function startableByTradeIds(
  db: CommonQueryMethods,
  tradeIds: readonly string[],
): Promise<readonly StartableSettlement[]> {
  return db.any(sql.type(startable)`
    select to_jsonb(r) as settlement, t.accepted_event as event
    from settlement_rows r
    join trades t on t.matching_engine_trade_id = r.trade_id
    where r.trade_id = any (${sql.array([...tradeIds], 'text')})
    order by r.accept_seq::bigint
  `);
}

/**
 * Claims open settlements whose next step is due and that nobody has touched since `untouched_since`, oldest accept_seq first:
 * in line and their date has come, or failed and their next attempt or their deadline has come. The claim is a touch: the
 * next sweep, of whichever worker, leaves them alone for as long as it leaves any row that somebody drives; so those that
 * will not move do not keep the others from their turn. A row that is locked is being driven right now.
 */
export function claimDueSettlements(
  db: CommonQueryMethods,
  { as_of, untouched_since, limit }: { as_of: Date; untouched_since: Date; limit: number },
): Promise<readonly StartableSettlement[]> {
  return db.any(sql.type(startable)`
    with due as (
      select s.id
      from settlements s
      where s.closed_at is null
        and coalesce(s.updated_at, s.created_at) < ${untouched_since.toISOString()}::timestamptz
        and (
          (s.status <> 'failed' and not s.paused and s.settlement_date <= ${as_of.toISOString().slice(0, 10)}::date)
          or (s.status = 'failed' and s.deadline_at <= ${as_of.toISOString()}::timestamptz)
          or (s.status = 'failed' and not s.paused and s.next_attempt_at <= ${as_of.toISOString()}::timestamptz)
        )
      order by s.accept_seq
      limit ${limit}
      for update skip locked
    ), claimed as (
      update settlements s set updated_at = now() from due where s.id = due.id returning s.id
    )
    select to_jsonb(r) as settlement, t.accepted_event as event
    from claimed
    join settlement_rows r on r.id = claimed.id
    join trades t on t.matching_engine_trade_id = r.trade_id
    order by r.accept_seq::bigint
  `);
}

/** Open settlements after `accept_seq`, oldest first: a page of all that must have a workflow. */
export function openSettlementsAfter(
  db: CommonQueryMethods,
  acceptSeq: string,
  limit: number,
): Promise<readonly StartableSettlement[]> {
  return db.any(sql.type(startable)`
    select to_jsonb(r) as settlement, t.accepted_event as event
    from (
      select s.id, s.accept_seq
      from settlements s
      where s.closed_at is null and s.accept_seq > ${acceptSeq}::bigint
      order by s.accept_seq
      limit ${limit}
    ) open
    join settlement_rows r on r.id = open.id
    join trades t on t.matching_engine_trade_id = r.trade_id
    order by open.accept_seq
  `);
}

/** Which of these settlements still move: open, and neither failed, paused nor waiting for a later date. */
export async function movingSettlements(
  db: CommonQueryMethods,
  ids: readonly string[],
  as_of: Date,
): Promise<readonly string[]> {
  return db.anyFirst(sql.type(z.object({ id: z.string() }))`
    select s.id
    from settlements s
    where s.id = any (${sql.array([...ids], 'uuid')})
      and s.status not in ('settled', 'failed') and not s.paused and s.settlement_date <= ${as_of.toISOString().slice(0, 10)}::date
  `);
}

const overdue = z.object({
  trade_id: z.string(),
  waiting_since: z.string(),
  symbol: z.string(),
  status: z.string(),
  waits: z.string().nullable(),
});

/** Settlements in line that have waited since before `since`, and what each waits for; null if it may go on and nobody has looked. */
export function longWaiting(
  db: CommonQueryMethods,
  { as_of, since, limit }: { as_of: Date; since: Date; limit: number },
): Promise<readonly z.output<typeof overdue>[]> {
  const today = as_of.toISOString().slice(0, 10);
  return db.any(sql.type(overdue)`
    select r.trade_id, r.waiting_since, r.symbol, r.status::text as status, awaited_in_line(r.id, ${today}::date) as waits
    from settlements_in_line s
    join settlement_rows r on r.id = s.id
    where s.waiting_since < ${since.toISOString()}::timestamptz and s.settlement_date <= ${today}::date
    order by s.accept_seq
    limit ${limit}
  `);
}
