import { z } from 'zod/v4';
import { FAILURE_CODES } from '../domain/failure';
import { SETTLEMENT_LANES, SETTLEMENT_STATUSES, type Settlement } from '../domain/settlement';

const text = z.string();
const time = z.iso.datetime();

/** A row of the view `settlement_rows`, as every ledger function answers it. Columns that nobody here reads are dropped. */
export const settlementRow = z.object({
  id: text,
  trade_id: text,
  symbol: text,
  base_asset: text,
  quote_asset: text,
  price: text,
  quantity: text,
  amount: text,
  buyer_commission: text,
  seller_commission: text,
  buyer_account_id: text,
  seller_account_id: text,
  buyer_account_number: text,
  seller_account_number: text,
  status: z.enum(SETTLEMENT_STATUSES),
  lane: z.enum(SETTLEMENT_LANES),
  accept_seq: text,
  event_seq: z.int(),
  attempt: z.int(),
  retry_count: z.int(),
  paused: z.boolean(),
  dvp_contract_id: text.nullable(),
  dvp_atomic_transaction_id: text.nullable(),
  seller_securities_ledger_ref: text.nullable(),
  buyer_cash_ledger_ref: text.nullable(),
  buyer_securities_ledger_ref: text.nullable(),
  seller_cash_ledger_ref: text.nullable(),
  failure_code: z.enum(FAILURE_CODES).nullable(),
  failure_reason: text.nullable(),
  settlement_date: z.iso.date(),
  intended_settlement_date: z.iso.date(),
  waiting_since: time.nullable(),
  next_attempt_at: time.nullable(),
  parked_since: time.nullable(),
  deadline_at: time,
  initiated_at: time.nullable(),
  confirmed_at: time.nullable(),
  settled_at: time.nullable(),
  failed_at: time.nullable(),
  closed_at: time.nullable(),
  created_at: time,
  updated_at: time.nullable(),
}) satisfies z.ZodType<Settlement>;
