import type {
  AcceptAnswer,
  Command,
  CommandAnswer,
  Ledger,
  LedgerAnswer,
  LedgerContext,
  SettlementRef,
} from '../src/ledger/port';
import type {
  AcceptTradeAnswer,
  CommandRequest,
  CommandStepAnswer,
  SettlementActivities,
  StepAnswer,
  StepRequest,
} from '../src/protocol/temporal/settlement-activities';
import { toApplicationFailure, type ErrorMeaning } from './to-application-failure';

/** What the activities are made of: everything that a test would fake stands in this one signature. */
export interface SettlementActivityParts {
  readonly ledger: Ledger;
  /** Checks and accepts one trade event of any shape, as every door does. */
  readonly acceptTradeEvent: (event: unknown, context: LedgerContext) => Promise<AcceptAnswer>;
  /** Wakes other settlements' workflows after the commit; must not fail and is not waited for. */
  readonly wake: (tradeIds: readonly string[]) => void;
  /** What an error of the ledger means. */
  readonly classifyError: (error: unknown) => ErrorMeaning;
}

type Step = (settlements: readonly SettlementRef[], context: LedgerContext) => Promise<LedgerAnswer[]>;

/** The steps of settleTrade on the ledger: each is one transaction, and says after its commit whom it wakes. */
export function createSettlementActivities(parts: SettlementActivityParts): SettlementActivities {
  const { ledger } = parts;
  const step = (verb: Step) => (request: StepRequest) => answerStep(parts, () => verb([request], contextOf(request)));
  return {
    acceptTrade: (request) => acceptTrade(parts, request),
    initiateSettlement: step(ledger.initiate),
    lockSecurities: step(ledger.lockSecurities),
    lockCash: step(ledger.lockCash),
    executeSwap: step(ledger.execute),
    finaliseSettlement: step(ledger.finalise),
    retryDueSettlement: step(ledger.retryDue),
    closeSettlement: step(ledger.close),
    readOutcome: step(ledger.findOutcome),
    abortAttempt: (request) => answerStep(parts, () => ledger.abort([request], contextOf(request))),
    commandSettlement: (request) => carryOut(parts, request),
  };
}

async function acceptTrade(
  parts: SettlementActivityParts,
  request: { readonly event: unknown; readonly as_of_ms: number },
): Promise<AcceptTradeAnswer> {
  try {
    const context = { as_of: new Date(request.as_of_ms), actor: ENGINE };
    const answer = await parts.acceptTradeEvent(request.event, context);
    return 'settlement' in answer
      ? { result: answer.result, settlement: answer.settlement }
      : { result: answer.result, refusal: answer.refusal };
  } catch (error) {
    throw toApplicationFailure(parts.classifyError(error));
  }
}

async function answerStep(parts: SettlementActivityParts, ask: () => Promise<LedgerAnswer[]>): Promise<StepAnswer> {
  try {
    const { outcome, settlement, code, reason, wakes } = only(await ask());
    parts.wake(wakes);
    return { outcome, settlement, code, reason };
  } catch (error) {
    throw toApplicationFailure(parts.classifyError(error));
  }
}

async function carryOut(parts: SettlementActivityParts, request: CommandRequest): Promise<CommandStepAnswer> {
  try {
    const command: Command = { ...request.command, as_of: new Date(request.as_of_ms) };
    const { outcome, settlement, reason, wakes } = only<CommandAnswer>(
      await parts.ledger[request.verb]([request], command),
    );
    parts.wake(wakes);
    return { outcome, settlement, reason };
  } catch (error) {
    throw toApplicationFailure(parts.classifyError(error));
  }
}

const ENGINE = 'engine';

function contextOf(request: StepRequest): LedgerContext {
  return { as_of: new Date(request.as_of_ms), actor: ENGINE };
}

function only<Answer>(answers: readonly Answer[]): Answer {
  const [answer] = answers;
  if (answer === undefined || answers.length > 1)
    throw new Error(`the ledger gave ${answers.length} answers for one settlement`);
  return answer;
}
