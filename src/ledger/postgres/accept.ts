import type { DatabasePool } from 'slonik';
import { z } from 'zod/v4';
import { settlementId, tradeRowId } from '../../domain/ids';
import { isRefusalCode, type Refusal } from '../../domain/refusal';
import { termsText } from '../../domain/terms';
import { sql } from '../../postgres/sql';
import type { AcceptAnswer, AcceptRequest, LedgerContext } from '../port';
import { settlementRow } from '../../postgres/settlement-row';

const acceptRow = z.object({
  trade_id: z.string(),
  result: z.enum(['accepted', 'known', 'conflict', 'refused']),
  code: z.string().nullable(),
  field: z.string().nullable(),
  reason: z.string().nullable(),
  settlement: settlementRow.nullable(),
});

/** Accepts a set of trades in its order, in one commit (migrations/functions/accept_trades.sql). Safe to repeat. */
export async function accept(
  pool: DatabasePool,
  requests: readonly AcceptRequest[],
  context: LedgerContext,
): Promise<AcceptAnswer[]> {
  const payload = requests.map((request) => ({
    trade_id: request.event.trade_id,
    trade_row_id: tradeRowId(request.event.trade_id),
    settlement_id: settlementId(request.event.trade_id),
    terms_text: termsText(request.event),
    event: { ...request.event },
    lane: request.lane,
    terms: request.terms === null ? null : { ...request.terms },
    refusal: request.refusal === null ? null : { ...request.refusal },
  }));
  const rows = await pool.any(sql.type(acceptRow)`
    select trade_id, result, code, field, reason, settlement
    from accept_trades(${sql.jsonb(payload)}, ${context.actor})
  `);
  return rows.map(toAnswer);
}

function toAnswer(row: z.output<typeof acceptRow>): AcceptAnswer {
  const { trade_id, result } = row;
  if (result === 'conflict') return { result, trade_id, refusal: conflictOf(trade_id) };
  if (result === 'refused') return { result, trade_id, refusal: refusalOf(row) };
  if (row.settlement === null) throw new Error(`trade ${trade_id} is ${result}, but its settlement does not exist`);
  return { result, trade_id, settlement: row.settlement };
}

function conflictOf(tradeId: string): Refusal {
  return {
    code: 'TRADE_CONFLICT',
    field: 'trade_id',
    reason: `trade_id ${tradeId} is known with other terms; expected the terms that were accepted first, or a new trade_id`,
  };
}

function refusalOf(row: z.output<typeof acceptRow>): Refusal {
  if (row.code === null || !isRefusalCode(row.code) || row.reason === null) {
    throw new Error(`the database refuses trade ${row.trade_id} without a known code: ${String(row.code)}`);
  }
  return { code: row.code, field: row.field, reason: row.reason };
}
