import { setTimeout as delay } from 'node:timers/promises';
import { classifyError } from '../postgres/errors';
import type { Logger } from '../log';

/** gRPC status codes of a Temporal server that is away or busy: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE. */
const GRPC_OUTAGES = new Set<unknown>([4, 8, 10, 14]);
const PAUSE_MS = 500;

/** Whether the same call may succeed later: a server was away, or its answer was lost. */
export function isOutage(error: unknown): boolean {
  for (let one = error, depth = 0; depth < 5 && typeof one === 'object' && one !== null; depth += 1) {
    if ('code' in one && GRPC_OUTAGES.has(one.code)) return true;
    one = 'cause' in one ? one.cause : null;
  }
  const { kind } = classifyError(error);
  return kind === 'transient' || kind === 'unknown';
}

/** So often may PostgreSQL's own time limit break off the same piece of work: a busy machine gets over it, too much work does not. */
const MAX_TIMEOUTS = 10;

/** Work that is too much for PostgreSQL's statement timeout; the message says what to make smaller. */
export class TooSlowError extends Error {
  override readonly name = 'TooSlowError';
}

/** For throughOutages: the same work, until the statement timeout has broken it off too often in a row. Throws TooSlowError. */
export function unlessTooSlow<T>(what: string, work: (again: boolean) => Promise<T>): (again: boolean) => Promise<T> {
  let timeouts = 0;
  return async (again) => {
    try {
      return await work(again);
    } catch (error) {
      timeouts = isStatementTimeout(error) ? timeouts + 1 : 0;
      if (timeouts < MAX_TIMEOUTS) throw error;
      throw new TooSlowError(
        `${what} takes longer than PostgreSQL's statement timeout, ${timeouts} times in a row. Set SETTLEMENT_BATCH_SIZE to less, then start the same again: it takes up the rest.`,
      );
    }
  };
}

function isStatementTimeout(error: unknown): boolean {
  return classifyError(error).sqlstate === '57014';
}

/**
 * Does something that may be done twice, again and again while a server is away. `work` is told whether it is not the
 * first time. Other errors, and the signal, end it.
 */
export async function throughOutages<T>(
  what: string,
  work: (again: boolean) => Promise<T>,
  { signal, log }: { readonly signal: AbortSignal; readonly log: Logger },
): Promise<T> {
  for (let again = false; ; again = true) {
    signal.throwIfAborted();
    try {
      return await work(again);
    } catch (error) {
      if (signal.aborted || !isOutage(error)) throw error;
      log.warn(
        { reason: error instanceof Error ? error.message : String(error) },
        `${what}: ${isStatementTimeout(error) ? 'it took longer than PostgreSQL allows' : 'a server is away'}, trying again`,
      );
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}
