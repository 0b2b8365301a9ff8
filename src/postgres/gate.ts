import { PostgresDriverError } from './errors';

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Lets at most `limit` pieces of work run at once, the rest in the order of arrival, none longer than `timeoutMs` in the queue.
 * It stands before slonik's own queue, which has no time limit and forgets its waiters when the connections
 * that they wait for cannot be made: with the server away, such a call would never return.
 */
export function createGate(limit: number, timeoutMs: number): Gate {
  let running = 0;
  const waiting = new Set<() => void>();

  const enter = (): Promise<void> => {
    if (running < limit) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(admit);
        reject(
          new PostgresDriverError(
            'POSTGRES_POOL_TIMEOUT',
            `All ${limit} database connections stayed busy for ${timeoutMs} ms.`,
          ),
        );
      }, timeoutMs);
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      waiting.add(admit);
    });
  };

  const leave = () => {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
      return;
    }
    waiting.delete(next);
    next();
  };

  return async (work) => {
    await enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
