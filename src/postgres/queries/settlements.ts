import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { SETTLEMENT_PHASES, SETTLEMENT_STATUSES, EVENT_KINDS, type Settlement } from '../../domain/settlement';
import { settlementRow } from '../settlement-row';
import { sql } from '../sql';

const found = z.object({ settlement: settlementRow });

/** A settlement by the matching engine's trade id or by its own id; null if there is none. */
export async function findSettlement(db: CommonQueryMethods, tradeOrSettlementId: string): Promise<Settlement | null> {
  const row = await db.maybeOne(sql.type(found)`
    select to_jsonb(r) as settlement
    from settlement_rows r
    where r.trade_id = ${tradeOrSettlementId} or r.id::text = lower(${tradeOrSettlementId})
    limit 1
  `);
  return row?.settlement ?? null;
}

export interface SettlementFilter {
  readonly status?: (typeof SETTLEMENT_STATUSES)[number] | undefined;
  readonly phase?: (typeof SETTLEMENT_PHASES)[number] | undefined;
  readonly failure_code?: string | undefined;
  readonly symbol?: string | undefined;
  readonly account_id?: string | undefined;
  readonly limit: number;
}

/** Settlements in the order of acceptance, newest last, by what is given of the filter. */
export async function listSettlements(
  db: CommonQueryMethods,
  filter: SettlementFilter,
): Promise<readonly Settlement[]> {
  const { status = null, phase = null, failure_code = null, symbol = null, account_id = null } = filter;
  const rows = await db.any(sql.type(found)`
    select to_jsonb(r) as settlement
    from settlement_rows r
    where (${status}::text is null or r.status::text = ${status})
      and (${phase}::text is null or r.phase = ${phase})
      and (${failure_code}::text is null or r.failure_code = ${failure_code})
      and (${symbol}::text is null or r.symbol = ${symbol})
      and (${account_id}::uuid is null or ${account_id}::uuid in (r.buyer_account_id, r.seller_account_id))
    order by r.accept_seq::bigint
    limit ${filter.limit}
  `);
  return rows.map((row) => row.settlement);
}

const eventRow = z.object({
  seq: z.int(),
  kind: z.enum(EVENT_KINDS),
  from_status: z.enum(SETTLEMENT_STATUSES).nullable(),
  to_status: z.enum(SETTLEMENT_STATUSES),
  attempt: z.int(),
  actor: z.string(),
  reason: z.string().nullable(),
  recorded_at: z.string(),
});
export type SettlementEvent = z.output<typeof eventRow>;

/** A settlement's history, oldest first. */
export function listEvents(db: CommonQueryMethods, settlementId: string): Promise<readonly SettlementEvent[]> {
  return db.any(sql.type(eventRow)`
    select
      e.seq, e.kind, e.from_status, e.to_status, e.attempt, e.actor, e.reason,
      to_char(e.recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as recorded_at
    from settlement_events e
    where e.settlement_id = ${settlementId}::uuid
    order by e.seq
  `);
}
