import type { SearchAttributePair } from '@temporalio/common';
import { FAILURES } from '../../domain/failure';
import { formatAmount } from '../../domain/money';
import { phaseOf, type Settlement } from '../../domain/settlement';
import { SEARCH_ATTRIBUTES } from './search-attributes';

/** What ops can filter settlements by, from the row. What a row does not have is left out. */
export function searchAttributesOf(s: Settlement): SearchAttributePair[] {
  return [
    { key: SEARCH_ATTRIBUTES.phase, value: phaseOf(s) },
    { key: SEARCH_ATTRIBUTES.status, value: s.status },
    { key: SEARCH_ATTRIBUTES.symbol, value: s.symbol },
    { key: SEARCH_ATTRIBUTES.flow, value: 'settlement' },
    { key: SEARCH_ATTRIBUTES.accounts, value: [s.buyer_account_number, s.seller_account_number] },
    { key: SEARCH_ATTRIBUTES.settlementDate, value: new Date(`${s.settlement_date}T00:00:00Z`) },
    { key: SEARCH_ATTRIBUTES.retryCount, value: s.retry_count },
    ...(s.failure_code === null ? [] : [{ key: SEARCH_ATTRIBUTES.failureCode, value: s.failure_code }]),
    ...(s.parked_since === null ? [] : [{ key: SEARCH_ATTRIBUTES.parkedSince, value: new Date(s.parked_since) }]),
  ];
}

/** One line for a list of workflows: "BTC-USDC 1.25 @ 64,000: ACC-00012 buys from ACC-00007". */
export function staticSummaryOf(s: Settlement): string {
  return `${s.symbol} ${formatAmount(s.quantity)} @ ${formatAmount(s.price)}: ${s.buyer_account_number} buys from ${s.seller_account_number}`;
}

/** What the person in ops reads on the workflow's page: where it stands, why, and what to do. Temporal's markdown. */
export function currentDetailsOf(s: Settlement, waitsFor: string | null): string {
  return [staticSummaryOf(s), stateSentence(s, waitsFor), failureSentence(s), attemptsSentence(s), doSentence(s)]
    .filter((line) => line !== null)
    .join('\n\n');
}

function stateSentence(s: Settlement, waitsFor: string | null): string {
  switch (phaseOf(s)) {
    case 'closed':
      return s.status === 'settled'
        ? `**Settled** at ${shortTime(s.settled_at)}. Ledger transaction ${String(s.dvp_atomic_transaction_id)}.`
        : `**Closed as failed** at ${shortTime(s.closed_at)} (${String(s.failure_code)}).`;
    case 'paused':
      return `**Paused** in ${s.status}.`;
    case 'parked':
      return `**Parked** since ${shortTime(s.parked_since)} (${String(s.failure_code)}). Closes as failed at ${shortTime(s.deadline_at)}.`;
    case 'retrying':
      return `**Failed** (${String(s.failure_code)}); tried again at ${shortTime(s.next_attempt_at)}.`;
    case 'waiting':
      return `**Waiting** since ${shortTime(s.waiting_since)} in ${s.status}${waitsFor === null ? '' : ` ${waitsFor}`}.`;
    case 'in_progress':
      return waitsFor === null ? `**In progress**: ${s.status}.` : `**Waiting** in ${s.status} ${waitsFor}.`;
  }
}

function failureSentence(s: Settlement): string | null {
  return s.status === 'failed' ? s.failure_reason : null;
}

function attemptsSentence(s: Settlement): string | null {
  if (s.attempt === 1) return s.status === 'failed' ? 'This was its first attempt.' : null;
  return `Attempt ${s.attempt}: ${s.retry_count} ${s.retry_count === 1 ? 'retry' : 'retries'} after the first.`;
}

function doSentence(s: Settlement): string | null {
  switch (phaseOf(s)) {
    case 'parked':
      return `**Do:** ${s.failure_code === null ? '' : FAILURES[s.failure_code].next_step} Updates: retrySettlement, cancelSettlement.`;
    case 'paused':
      return '**Do:** send the Update resumeSettlement when it may go on, or cancelSettlement.';
    case 'closed':
    case 'retrying':
    case 'waiting':
    case 'in_progress':
      return null;
  }
}

function shortTime(time: string | null): string {
  return time === null ? 'an unknown time' : `${time.slice(0, 10)} ${time.slice(11, 19)} UTC`;
}
