import type { FailureCode } from '../../domain/failure';
import type { Refusal } from '../../domain/refusal';
import type { Settlement } from '../../domain/settlement';
import type { CommandVerb, SettlementCommand } from './settlement-messages';

/** A settlement as a workflow names it to an activity. */
export interface StepRequest {
  readonly settlement_id: string;
  readonly attempt: number;
  /** The workflow's time: dates, delays and deadlines are judged by it. */
  readonly as_of_ms: number;
}

/** What a step answers; see the ledger port for the meaning of each outcome. */
export interface StepAnswer {
  readonly outcome: 'committed' | 'waiting' | 'rejected' | 'unknown';
  readonly settlement: Settlement | null;
  readonly code: FailureCode | null;
  readonly reason: string | null;
}

export type AcceptTradeAnswer =
  | { readonly result: 'accepted' | 'known'; readonly settlement: Settlement }
  | { readonly result: 'conflict' | 'refused'; readonly refusal: Refusal };

export interface CommandRequest extends StepRequest {
  readonly verb: CommandVerb;
  readonly command: SettlementCommand;
}

export interface CommandStepAnswer {
  readonly outcome: 'committed' | 'forbidden' | 'not_found';
  readonly settlement: Settlement | null;
  readonly reason: string | null;
}

/** The activities of settleTrade, local and regular alike: each is one transaction on PostgreSQL and may run twice. */
export interface SettlementActivities {
  acceptTrade(request: { readonly event: unknown; readonly as_of_ms: number }): Promise<AcceptTradeAnswer>;
  initiateSettlement(request: StepRequest): Promise<StepAnswer>;
  lockSecurities(request: StepRequest): Promise<StepAnswer>;
  lockCash(request: StepRequest): Promise<StepAnswer>;
  executeSwap(request: StepRequest): Promise<StepAnswer>;
  finaliseSettlement(request: StepRequest): Promise<StepAnswer>;
  abortAttempt(request: StepRequest & { readonly code: FailureCode; readonly reason: string }): Promise<StepAnswer>;
  retryDueSettlement(request: StepRequest): Promise<StepAnswer>;
  closeSettlement(request: StepRequest): Promise<StepAnswer>;
  readOutcome(request: StepRequest): Promise<StepAnswer>;
  commandSettlement(request: CommandRequest): Promise<CommandStepAnswer>;
}
