import type { FailureCode } from '../domain/failure';
import type { Refusal } from '../domain/refusal';
import type { Settlement } from '../domain/settlement';
import type { TermsInContext, TradeEvent } from '../domain/trade';

/**
 * The ledger's transitions. Each takes a set and answers once for each settlement of it, in the order given:
 *
 * - committed: the row is as this step leaves it, or already beyond; `settlement` is the row as it is now,
 *   null if there is none (a database restored from before the trade was accepted)
 * - waiting: an earlier settlement in line could still change the outcome; nothing moved
 * - rejected: the ledger says no, with a code; nothing moved (a refused lock answers the same when asked again)
 * - unknown: the connection was lost before the answer; ask `findOutcome` (which throws instead) before anything is decided
 *
 * Every transition compares and sets under the row's lock, so a call may happen twice, late, or at once with another.
 * Errors that are nobody's answer (connection refused, deadlock, a bug) are thrown.
 */
export interface Ledger {
  readonly accept: (requests: readonly AcceptRequest[], context: LedgerContext) => Promise<AcceptAnswer[]>;
  readonly initiate: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  readonly lockSecurities: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  readonly lockCash: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  /** Both legs and the fees in one commit. The PostgreSQL ledger writes `executing` and `confirmed` together. */
  readonly execute: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  /** Reads the swap back from the ledger, finds it right, and closes the settlement. */
  readonly finalise: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  /** Ends this attempt: holds released, and in the same commit due again, parked, or (after the deadline) closed. */
  readonly abort: (failures: readonly AttemptFailure[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  /** Closes failed settlements whose deadline has passed. */
  readonly close: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  /** The engine's own next attempt, when `next_attempt_at` has come. */
  readonly retryDue: (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;
  /** A command of ops: one attempt more; a closed failed settlement is reopened first. */
  readonly retry: (settlements: readonly SettlementRef[], command: Command) => Promise<CommandAnswer[]>;
  readonly cancel: (settlements: readonly SettlementRef[], command: Command) => Promise<CommandAnswer[]>;
  readonly pause: (settlements: readonly SettlementRef[], command: Command) => Promise<CommandAnswer[]>;
  readonly resume: (settlements: readonly SettlementRef[], command: Command) => Promise<CommandAnswer[]>;
  /** The rows as they are, read under their locks: whatever was under way when the answer was lost has ended by then. */
  readonly findOutcome: (settlements: readonly SettlementRef[]) => Promise<LedgerAnswer[]>;
}

export interface SettlementRef {
  readonly settlement_id: string;
  /** The attempt the caller has in mind; a row that is further on is answered as it is. */
  readonly attempt: number;
}

export interface AttemptFailure extends SettlementRef {
  readonly code: FailureCode;
  readonly reason: string;
}

export interface LedgerContext {
  /** The time by which dates, delays and deadlines are judged (the workflow's, in workflows). */
  readonly as_of: Date;
  /** Who is written into the events: 'engine', or who called. */
  readonly actor: string;
}

export interface Command extends LedgerContext {
  readonly reason: string;
}

export interface LedgerAnswer {
  readonly settlement_id: string;
  readonly outcome: 'committed' | 'waiting' | 'rejected' | 'unknown';
  readonly settlement: Settlement | null;
  readonly code: FailureCode | null;
  /** Why it was rejected, or what it waits for: a sentence with the numbers. */
  readonly reason: string | null;
  /** Trade ids of settlements that may go on now: wake their workflows after the commit. */
  readonly wakes: readonly string[];
}

/** A command is committed, or forbidden by the state of the row: `reason` says why. */
export interface CommandAnswer {
  readonly settlement_id: string;
  readonly outcome: 'committed' | 'forbidden' | 'not_found';
  readonly settlement: Settlement | null;
  readonly reason: string | null;
  readonly wakes: readonly string[];
}

/** A trade that has the right shape. `terms` is null when its context refuses it, which matters only if it is not known yet. */
export interface AcceptRequest {
  readonly event: TradeEvent;
  readonly lane: 'single';
  readonly terms: TermsInContext | null;
  readonly refusal: Refusal | null;
}

export type AcceptAnswer =
  | { readonly result: 'accepted' | 'known'; readonly trade_id: string; readonly settlement: Settlement }
  | { readonly result: 'conflict' | 'refused'; readonly trade_id: string; readonly refusal: Refusal };
