import type { CommonQueryMethods } from 'slonik';
import { z } from 'zod/v4';
import { SETTLEMENT_PHASES, SETTLEMENT_STATUSES, EVENT_KINDS, type Settlement } from '../../domain/settlement';
import { settlementRow } from '../settlement-row';
import { sql } from '../sql';

const found = z.object({ settlement: settlementRow });

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id that names two settlements; the message says how to name each. */
export class AmbiguousIdError extends Error {
  override readonly name = 'AmbiguousIdError';

  constructor(id: string, byTradeId: Settlement, byId: Settlement) {
    super(
      `${id} is the trade id of settlement ${byTradeId.id} and also the id of the settlement of trade ${byId.trade_id}: ` +
        `say ${byTradeId.id} for the one, ${byId.trade_id} for the other.`,
    );
  }
}

/**
 * A settlement by the matching engine's trade id or by its own id; null if there is none. Throws AmbiguousIdError where
 * a trade id is the id of another settlement.
 */
export async function findSettlement(db: CommonQueryMethods, tradeOrSettlementId: string): Promise<Settlement | null> {
  const id = UUID.test(tradeOrSettlementId) ? tradeOrSettlementId : null;
  const rows = await db.any(sql.type(found)`
    select to_jsonb(r) as settlement
    from settlement_rows r
    where r.id in (
      select s.id
      from trades t
      join settlements s on s.trade_id = t.id
      where t.matching_engine_trade_id = ${tradeOrSettlementId}
      union
      select ${id}::uuid
    )
    order by r.trade_id = ${tradeOrSettlementId} desc
  `);
  const [first, second] = rows.map((row) => row.settlement);
  if (first !== undefined && second !== undefined) throw new AmbiguousIdError(tradeOrSettlementId, first, second);
  return first ?? null;
}

export interface SettlementFilter {
  readonly status?: (typeof SETTLEMENT_STATUSES)[number] | undefined;
  readonly phase?: (typeof SETTLEMENT_PHASES)[number] | undefined;
  readonly failure_code?: string | undefined;
  readonly symbol?: string | undefined;
  readonly account_id?: string | undefined;
  readonly limit: number;
}

/** Settlements in the order of acceptance, newest last, by what is given of the filter; on base columns, for the indexes. */
export async function listSettlements(
  db: CommonQueryMethods,
  filter: SettlementFilter,
): Promise<readonly Settlement[]> {
  const { status = null, phase = null, failure_code = null, symbol = null, account_id = null } = filter;
  const rows = await db.any(sql.type(found)`
    select to_jsonb(r) as settlement
    from settlements s
    join settlement_rows r on r.id = s.id
    where (${status}::settlement_status is null or s.status = ${status}::settlement_status)
      and (${phase}::text is null or r.phase = ${phase})
      and (${failure_code}::text is null or s.failure_code = ${failure_code})
      and (${symbol}::text is null or s.symbol = ${symbol})
      and (${account_id}::uuid is null or s.buyer_account_id = ${account_id} or s.seller_account_id = ${account_id})
    order by s.accept_seq
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
