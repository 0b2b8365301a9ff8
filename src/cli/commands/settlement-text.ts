import { tableOf, workflowLink } from '../../day/text-report';
import { FAILURES } from '../../domain/failure';
import { formatAmount } from '../../domain/money';
import { phaseOf, type Settlement } from '../../domain/settlement';
import type { SettlementEvent } from '../../postgres/queries/settlements';

/** A settlement for people: terms, standing, refs, history, and what to do next. */
export function settlementText(
  settlement: Settlement,
  events: readonly SettlementEvent[],
  place: { readonly temporalUi: string; readonly namespace: string } | null,
): string {
  return [
    tableOf(null, [...termRows(settlement), ...standingRows(settlement), ...refRows(settlement)]),
    `History:\n${tableOf(['', 'at', 'what', 'attempt', 'by', 'why'], events.map(eventRow), [0, 3])}`,
    nextStepText(settlement),
    place === null ? null : `In the Temporal UI: ${workflowLink(settlement.trade_id, place)}`,
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

function termRows(s: Settlement): string[][] {
  const commission = (amount: string) => (amount === '0' ? '' : `, commission ${formatAmount(amount, s.quote_asset)}`);
  return [
    ['Trade', s.trade_id],
    ['Settlement', s.id],
    [
      'Terms',
      `${formatAmount(s.quantity, s.base_asset)} at ${formatAmount(s.price)} = ${formatAmount(s.amount, s.quote_asset)}`,
    ],
    ['Buyer', `${s.buyer_account_number}${commission(s.buyer_commission)}`],
    ['Seller', `${s.seller_account_number}${commission(s.seller_commission)}`],
  ];
}

function standingRows(s: Settlement): string[][] {
  const rows: (string | null)[][] = [
    ['Status', `${s.status}, ${phaseOf(s)}, attempt ${s.attempt}`],
    ['Settlement date', s.settlement_date],
    ['Accepted', s.created_at],
    ['Waiting since', s.waiting_since],
    ['Settled', s.settled_at],
    [
      'Failed',
      s.status === 'failed' ? `${String(s.failed_at)}, ${String(s.failure_code)}: ${String(s.failure_reason)}` : null,
    ],
    ['Next attempt', s.next_attempt_at],
    ['Parked since', s.parked_since],
    ['Closes as failed at', s.closed_at === null && s.status === 'failed' ? s.deadline_at : null],
    ['Closed', s.closed_at],
  ];
  return rows.filter((row): row is string[] => row[1] !== null);
}

function refRows(s: Settlement): string[][] {
  const rows: (string | null)[][] = [
    ["Seller's hold", s.seller_securities_ledger_ref],
    ["Buyer's hold", s.buyer_cash_ledger_ref],
    ['Swap', s.dvp_atomic_transaction_id],
    ["Buyer's credit", s.buyer_securities_ledger_ref],
    ["Seller's credit", s.seller_cash_ledger_ref],
  ];
  return rows.filter((row): row is string[] => row[1] !== null);
}

function eventRow({ seq, recorded_at, kind, to_status, attempt, actor, reason }: SettlementEvent): string[] {
  return [String(seq), recorded_at, kind === 'step' ? to_status : kind, String(attempt), actor, reason ?? ''];
}

function nextStepText(s: Settlement): string | null {
  if (s.paused) return 'Do: resume it with "settlements resume", or cancel it.';
  if (s.status !== 'failed' || s.failure_code === null) return null;
  return `Do: ${FAILURES[s.failure_code].next_step}`;
}
