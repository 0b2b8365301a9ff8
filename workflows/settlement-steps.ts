import { log, proxyActivities, proxyLocalActivities, TemporalFailure } from '@temporalio/workflow';
import type { NextStep, Settlement } from '../src/domain/settlement';
import type {
  AcceptTradeAnswer,
  CommandStepAnswer,
  SettlementActivities,
  StepAnswer,
  StepRequest,
} from '../src/protocol/temporal/settlement-activities';
import type { CommandVerb, SettlementCommand } from '../src/protocol/temporal/settlement-messages';

/** Above the database's statement timeout (3 s) and the pool's (3.5 s), below the 5 s in which a workflow task must beat. */
const STEP_TIMEOUT = '4500ms';

let lastLocal: Promise<unknown> = Promise.resolve();

/**
 * Runs local activities one after the other, also those of handlers beside the loop's. Two at once cannot be replayed: live,
 * each result comes in an activation of its own; from history both come in one, the code then runs in another order, and
 * the run fails its workflow task for ever ("Update machine does not handle this event", seen with two Updates at once).
 */
function oneAtATime<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  const answer = lastLocal.then(call);
  lastLocal = answer.catch(() => undefined);
  return answer;
}

/** An activity of the single lane, twice over: local first, its regular twin when the local one has failed twice. */
function stepOf<Name extends keyof SettlementActivities>(name: Name, summary: string) {
  const local = proxyLocalActivities<SettlementActivities>({
    startToCloseTimeout: STEP_TIMEOUT,
    retry: { maximumAttempts: 2, initialInterval: '100ms' },
    summary,
  });
  const regular = proxyActivities<SettlementActivities>({
    startToCloseTimeout: STEP_TIMEOUT,
    retry: { initialInterval: '1s', maximumInterval: '10s' },
    summary,
  });
  return async (
    ...args: Parameters<SettlementActivities[Name]>
  ): Promise<Awaited<ReturnType<SettlementActivities[Name]>>> => {
    type Call = (
      ...args: Parameters<SettlementActivities[Name]>
    ) => Promise<Awaited<ReturnType<SettlementActivities[Name]>>>;
    try {
      return await oneAtATime(() => (local[name] as Call)(...args));
    } catch (error) {
      // A local activity fails with its own failure, not wrapped in an ActivityFailure as a regular one's.
      if (!(error instanceof TemporalFailure)) throw error;
      // From here ops see it in the UI, with its error and its attempts, and can pause or reset it.
      log.warn(`${name} goes on as a regular activity: ${error.cause?.message ?? error.message}`);
      return (regular[name] as Call)(...args);
    }
  };
}

const accept = stepOf('acceptTrade', 'Accept the trade');
const abort = stepOf('abortAttempt', 'End this attempt: release its holds');
const read = stepOf('readOutcome', 'Read the settlement back');
const command = stepOf('commandSettlement', 'Carry out a command of ops');

/** The steps of the procedure by the word that nextStep uses; read is the row as it is. */
const STEPS = {
  initiate: stepOf('initiateSettlement', 'Initiate: fix the terms'),
  lock_securities: stepOf('lockSecurities', "Lock the seller's securities"),
  lock_cash: stepOf('lockCash', "Lock the buyer's cash"),
  execute: stepOf('executeSwap', 'Execute: deliver versus payment'),
  finalise: stepOf('finaliseSettlement', 'Finalise: read the swap back'),
  retry: stepOf('retryDueSettlement', 'Begin the next attempt'),
  close: stepOf('closeSettlement', 'Close as failed: the deadline has passed'),
  read,
} satisfies Record<Exclude<NextStep['do'], 'end' | 'wait'> | 'read', (request: StepRequest) => Promise<StepAnswer>>;

export type StepName = keyof typeof STEPS;

/** The first step, at each door the same: accept the trade, or find it known. Writes nothing when it refuses. */
export function acceptTrade(event: unknown): Promise<AcceptTradeAnswer> {
  return accept({ event, as_of_ms: Date.now() });
}

/**
 * Takes one step and gives the row back. A rejected step ends the attempt; a lost answer is read back under the row's
 * lock before anything is decided. No row: the database does not know the trade (any more). `waitsFor` says what an unfinished step waits for, null if it does not.
 */
export async function takeStep(
  name: StepName,
  settlement: Settlement,
): Promise<{ readonly settlement: Settlement | null; readonly waitsFor: string | null }> {
  const answer = await STEPS[name](requestOf(settlement));
  switch (answer.outcome) {
    case 'rejected': {
      if (answer.code === null || answer.reason === null) throw new Error(`${name} was rejected without a code`);
      const { code, reason } = answer;
      return {
        settlement: await rowOf(await abort({ ...requestOf(settlement), code, reason }), settlement),
        waitsFor: null,
      };
    }
    case 'waiting':
      return { settlement: await rowOf(answer, settlement), waitsFor: answer.reason ?? '' };
    case 'committed':
    case 'unknown':
      return { settlement: await rowOf(answer, settlement), waitsFor: null };
  }
}

/** Sends a command of ops to the row. Who came through Temporal cannot be known, and the events say so. */
export function sendCommand(
  verb: CommandVerb,
  settlement: Settlement,
  c: SettlementCommand,
): Promise<CommandStepAnswer> {
  const actor = `${c.actor} (via temporal, unverified)`;
  return command({ ...requestOf(settlement), verb, command: { actor, reason: c.reason } });
}

async function rowOf(answer: StepAnswer, settlement: Settlement): Promise<Settlement | null> {
  let last = answer;
  while (last.outcome === 'unknown') last = await read(requestOf(settlement));
  return last.settlement;
}

function requestOf(settlement: Settlement): StepRequest {
  return { settlement_id: settlement.id, attempt: settlement.attempt, as_of_ms: Date.now() };
}
