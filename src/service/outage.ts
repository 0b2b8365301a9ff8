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
        `${what}: a server is away, trying again`,
      );
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}
