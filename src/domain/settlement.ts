import type { FailureCode } from './failure';

/** The states of a settlement, in the order of a delivery-versus-payment; the seed schema's vocabulary. */
export const SETTLEMENT_STATUSES = [
  'pending',
  'initiated',
  'seller_securities_locked',
  'buyer_cash_locked',
  'executing',
  'confirmed',
  'settled',
  'failed',
  'partially_settled',
] as const;
export type SettlementStatus = (typeof SETTLEMENT_STATUSES)[number];

export const SETTLEMENT_LANES = ['single', 'bulk', 'net'] as const;
export type SettlementLane = (typeof SETTLEMENT_LANES)[number];
/** What a person may ask for with --lane; auto chooses. Only single exists yet. */
export const LANE_CHOICES = ['single', 'bulk', 'auto', 'net'] as const;

/** What an entry of `settlement_events` tells. Only a 'step' changes the status. */
export const EVENT_KINDS = ['step', 'parked', 'paused', 'resumed', 'closed', 'reopened', 'lane', 'rolled'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface Transition {
  readonly kind: EventKind;
  readonly from: SettlementStatus | null;
  readonly to: SettlementStatus;
}

const step = (from: SettlementStatus | null, ...to: SettlementStatus[]): Transition[] =>
  to.map((status) => ({ kind: 'step', from, to: status }));
const mark = (kind: EventKind, ...statuses: SettlementStatus[]): Transition[] =>
  statuses.map((status) => ({ kind, from: status, to: status }));

/** Where ops may still stop a settlement: before `executing` there is nothing to undo but holds. */
export const STOPPABLE_STATUSES = [
  'pending',
  'initiated',
  'seller_securities_locked',
  'buyer_cash_locked',
  'failed',
] as const;

/**
 * Every legal change, and nothing else is legal: the table `settlement_transitions` holds the same rows,
 * the trigger on `settlement_events` refuses the rest, and a test compares the two.
 */
export const TRANSITIONS: readonly Transition[] = [
  ...step(null, 'pending'),
  ...step('pending', 'initiated', 'failed'),
  ...step('initiated', 'seller_securities_locked', 'failed'),
  ...step('seller_securities_locked', 'buyer_cash_locked', 'failed'),
  ...step('buyer_cash_locked', 'executing', 'failed'),
  ...step('executing', 'confirmed', 'partially_settled', 'failed'),
  ...step('partially_settled', 'executing', 'settled', 'failed'),
  ...step('confirmed', 'settled'),
  ...step('failed', 'initiated'),
  ...mark('parked', 'failed'),
  ...mark('closed', 'failed'),
  ...mark('reopened', 'failed'),
  ...mark('paused', ...STOPPABLE_STATUSES),
  ...mark('resumed', ...STOPPABLE_STATUSES),
  ...mark('lane', 'pending'),
  ...mark('rolled', 'pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'failed'),
];

/** What a person is told first: the first of these that holds. */
export const SETTLEMENT_PHASES = ['closed', 'paused', 'parked', 'retrying', 'waiting', 'in_progress'] as const;
export type SettlementPhase = (typeof SETTLEMENT_PHASES)[number];

/** One settlement as the ledger answers it: the columns by their names, amounts as decimal strings, times RFC 3339 UTC. */
export interface Settlement {
  readonly id: string;
  /** The matching engine's trade id, not `trades.id`. */
  readonly trade_id: string;
  readonly symbol: string;
  readonly base_asset: string;
  readonly quote_asset: string;
  readonly price: string;
  readonly quantity: string;
  readonly amount: string;
  readonly buyer_commission: string;
  readonly seller_commission: string;
  readonly buyer_account_id: string;
  readonly seller_account_id: string;
  readonly buyer_account_number: string;
  readonly seller_account_number: string;
  readonly status: SettlementStatus;
  readonly lane: SettlementLane;
  readonly accept_seq: string;
  readonly event_seq: number;
  readonly attempt: number;
  readonly retry_count: number;
  readonly paused: boolean;
  readonly dvp_contract_id: string | null;
  readonly dvp_atomic_transaction_id: string | null;
  readonly seller_securities_ledger_ref: string | null;
  readonly buyer_cash_ledger_ref: string | null;
  readonly buyer_securities_ledger_ref: string | null;
  readonly seller_cash_ledger_ref: string | null;
  readonly failure_code: FailureCode | null;
  readonly failure_reason: string | null;
  readonly settlement_date: string;
  readonly intended_settlement_date: string;
  readonly waiting_since: string | null;
  readonly next_attempt_at: string | null;
  readonly parked_since: string | null;
  readonly deadline_at: string;
  readonly initiated_at: string | null;
  readonly confirmed_at: string | null;
  readonly settled_at: string | null;
  readonly failed_at: string | null;
  readonly closed_at: string | null;
  readonly created_at: string;
  readonly updated_at: string | null;
}

/** The phase of a settlement, from the row alone. The view `settlement_rows` computes the same; a test compares them. */
export function phaseOf(
  s: Pick<Settlement, 'closed_at' | 'paused' | 'parked_since' | 'next_attempt_at' | 'waiting_since'>,
): SettlementPhase {
  if (s.closed_at !== null) return 'closed';
  if (s.paused) return 'paused';
  if (s.parked_since !== null) return 'parked';
  if (s.next_attempt_at !== null) return 'retrying';
  if (s.waiting_since !== null) return 'waiting';
  return 'in_progress';
}

/** Final: no engine will change it again (a closed failed one only by ops' reopening). */
export function isFinal(s: Pick<Settlement, 'closed_at'>): boolean {
  return s.closed_at !== null;
}

/** The one thing that a settlement's row asks for. */
export type NextStep =
  | { readonly do: 'end' }
  | { readonly do: 'initiate' | 'lock_securities' | 'lock_cash' | 'execute' | 'finalise' | 'retry' | 'close' }
  | {
      readonly do: 'wait';
      readonly for: 'settlement_date' | 'resume' | 'next_attempt' | 'command';
      readonly until_ms: number | null;
    };

/**
 * What to do next with a settlement, from its row and the time alone: the whole procedure of settleTrade.
 * A wait ends at `until_ms` or when the workflow is woken; then the row is read again.
 */
export function nextStep(s: Settlement, now_ms: number): NextStep {
  if (s.closed_at !== null) return { do: 'end' };
  if (s.status === 'failed') return nextStepOfFailed(s, now_ms);
  if (s.paused) return { do: 'wait', for: 'resume', until_ms: null };
  switch (s.status) {
    case 'pending': {
      const due_ms = Date.parse(`${s.settlement_date}T00:00:00Z`);
      return now_ms < due_ms ? { do: 'wait', for: 'settlement_date', until_ms: due_ms } : { do: 'initiate' };
    }
    case 'initiated':
      return { do: 'lock_securities' };
    case 'seller_securities_locked':
      return { do: 'lock_cash' };
    case 'buyer_cash_locked':
    case 'executing':
      return { do: 'execute' };
    case 'confirmed':
    case 'settled':
      return { do: 'finalise' };
    case 'partially_settled':
      return { do: 'wait', for: 'command', until_ms: null };
  }
}

function nextStepOfFailed(s: Settlement, now_ms: number): NextStep {
  const deadline_ms = Date.parse(s.deadline_at);
  if (now_ms >= deadline_ms) return { do: 'close' };
  if (s.paused) return { do: 'wait', for: 'resume', until_ms: deadline_ms };
  if (s.next_attempt_at === null) return { do: 'wait', for: 'command', until_ms: deadline_ms };
  const next_ms = Date.parse(s.next_attempt_at);
  if (now_ms >= next_ms) return { do: 'retry' };
  return { do: 'wait', for: 'next_attempt', until_ms: Math.min(next_ms, deadline_ms) };
}

/** How often and how soon the engine itself tries a failed settlement again. */
export interface RetryPolicy {
  readonly retry_attempts: number;
  readonly retry_delay_seconds: number;
}
