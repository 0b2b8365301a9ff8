import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  defineSignal,
  defineUpdate,
  log,
  setHandler,
} from '@temporalio/workflow';
import type { Settlement } from '../src/domain/settlement';
import {
  COMMAND_NAMES,
  commandProblem,
  WAKE_SIGNAL,
  type CommandVerb,
  type SettlementCommand,
} from '../src/protocol/temporal/settlement-messages';
import { sendCommand } from './settlement-steps';

const VERBS = Object.keys(COMMAND_NAMES) as CommandVerb[];

/**
 * Everything that reaches a settlement's workflow from outside: wakes, commands as Updates and as Signals, and the UI's
 * Cancel. A command is carried out on the row at once, whatever the workflow is at; the workflow then reads the row again.
 */
export interface Inbox {
  /** The row as the workflow last saw it; null until the trade is accepted. Commands wait for it. */
  settlement: Settlement | null;
  /** How many wakes have come, and commands been carried out. */
  readonly wakes: number;
  /** Waits until a wake has come since `seen`, or the time (of the workflow, in ms) has; null waits for a wake alone. */
  readonly wait: (seen: number, until_ms: number | null) => Promise<void>;
  readonly isEmpty: () => boolean;
}

/** Registers the handlers; called before the first await, so that no early message is refused. */
export function openInbox(): Inbox {
  let pendingCancel = false;
  const inbox = {
    settlement: null as Settlement | null,
    wakes: 0,
    async wait(seen: number, until_ms: number | null): Promise<void> {
      const isWoken = (): boolean => inbox.wakes !== seen;
      if (until_ms === null) await condition(isWoken);
      else if (until_ms > Date.now()) await condition(isWoken, until_ms - Date.now());
    },
    isEmpty: (): boolean => allHandlersFinished() && !pendingCancel,
  };

  setHandler(defineSignal(WAKE_SIGNAL), () => {
    inbox.wakes += 1;
  });
  for (const verb of VERBS) {
    setHandler(
      defineUpdate<Settlement, [SettlementCommand]>(COMMAND_NAMES[verb]),
      (command) => carryOut(inbox, verb, command),
      { validator: refuseBadShape, description: `${verb} this settlement: {"actor", "reason"}` },
    );
    setHandler(defineSignal<[SettlementCommand]>(COMMAND_NAMES[verb]), (command) =>
      carryOutQuietly(inbox, verb, command),
    );
  }
  CancellationScope.current().cancelRequested.catch(async () => {
    pendingCancel = true;
    const command = { actor: 'temporal', reason: 'Cancel was requested in Temporal.' };
    await carryOutQuietly(inbox, 'cancel', command);
    pendingCancel = false;
  });
  return inbox;
}

function refuseBadShape(command: unknown): void {
  const problem = commandProblem(command);
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'INVALID_COMMAND');
}

/**
 * Carries a command out on the row and answers with the row afterwards; throws when the row's state forbids it. The UI's
 * Cancel, which cancels the scope of every handler, does not stop it: the row decides which of the two came first.
 */
async function carryOut(
  inbox: Inbox & { wakes: number },
  verb: CommandVerb,
  command: SettlementCommand,
): Promise<Settlement> {
  const answer = await CancellationScope.nonCancellable(async () => {
    await condition(() => inbox.settlement !== null);
    return sendCommand(verb, inbox.settlement as Settlement, command);
  });
  inbox.wakes += 1;
  if (answer.outcome === 'committed' && answer.settlement !== null) return answer.settlement;
  throw ApplicationFailure.nonRetryable(
    `Cannot ${verb} this settlement: ${answer.reason ?? 'not found'}.`,
    'COMMAND_FORBIDDEN',
  );
}

/** For Signals and the UI's Cancel, which nobody waits for: what is refused is logged, and the workflow goes on. */
async function carryOutQuietly(
  inbox: Inbox & { wakes: number },
  verb: CommandVerb,
  command: SettlementCommand,
): Promise<void> {
  const problem = commandProblem(command);
  if (problem !== null) {
    log.warn(`A ${verb} signal was ignored: ${problem}.`);
    return;
  }
  try {
    await carryOut(inbox, verb, command);
  } catch (error) {
    log.warn(error instanceof Error ? error.message : String(error));
  }
}
