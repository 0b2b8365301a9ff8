import type { Settlement, SettlementStatus } from '../../domain/settlement';

/** What a command carries, as an Update or as a Signal of the same name. */
export interface SettlementCommand {
  readonly actor: string;
  /** Required: it is written into the settlement's events. */
  readonly reason: string;
}

/** Updates answer with the row afterwards; the Signals of the same names are for batch jobs and answer nothing. */
export const COMMAND_NAMES = {
  retry: 'retrySettlement',
  cancel: 'cancelSettlement',
  pause: 'pauseSettlement',
  resume: 'resumeSettlement',
} as const;
export type CommandVerb = keyof typeof COMMAND_NAMES;

/** Tells a workflow to read its row again. Carries nothing: the row is the truth. */
export const WAKE_SIGNAL = 'wake';

/** What settleTrade returns when the settlement is settled. */
export interface SettlementOutcome {
  readonly settlement_id: string;
  readonly trade_id: string;
  readonly status: SettlementStatus;
  readonly settled_at: string | null;
  readonly dvp_atomic_transaction_id: string | null;
}

/** The outcome of a settled row. */
export function outcomeOf(s: Settlement): SettlementOutcome {
  return {
    settlement_id: s.id,
    trade_id: s.trade_id,
    status: s.status,
    settled_at: s.settled_at,
    dvp_atomic_transaction_id: s.dvp_atomic_transaction_id,
  };
}

/** What is wrong with a command's shape, or null: synchronous, as Update validators must be. */
export function commandProblem(command: unknown): string | null {
  if (typeof command !== 'object' || command === null || Array.isArray(command)) {
    return 'expected an object {"actor": "...", "reason": "..."}';
  }
  const extra = Object.keys(command).find((key) => key !== 'actor' && key !== 'reason');
  if (extra !== undefined) return `unknown field "${extra}": expected only actor and reason`;
  const { actor, reason } = command as Partial<Record<string, unknown>>;
  return textProblem('actor', actor, MAX_ACTOR_LENGTH) ?? textProblem('reason', reason, MAX_REASON_LENGTH);
}

const MAX_ACTOR_LENGTH = 200;
const MAX_REASON_LENGTH = 2000;

function textProblem(field: string, value: unknown, maxLength: number): string | null {
  if (typeof value !== 'string' || value.trim() === '') return `${field} is missing: expected a text that is not empty`;
  if (value.length > maxLength) return `${field} has ${value.length} characters: expected at most ${maxLength}`;
  if (/[\p{Cc}\p{Cs}]/u.test(value)) return `${field} has a control character or a lone surrogate: expected plain text`;
  return null;
}
