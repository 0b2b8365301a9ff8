/** Ctrl-C and its like, as signals that code can listen to. */
export interface Shutdown {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Aborted by the second: do not wait for work under way. */
  readonly hurry: AbortSignal;
  /** Gives the signals back to Node. */
  dispose(): void;
}

/** npm passes on a signal that the terminal has sent to all already: the same Ctrl-C twice is not a second one. */
const SAME_PRESS_MS = 1_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Takes over the ending signals of this process. */
export function takeSignals(say: (line: string) => void): Shutdown {
  const first = new AbortController();
  const second = new AbortController();
  let pressed_ms = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (Date.now() - pressed_ms < SAME_PRESS_MS) return;
    pressed_ms = Date.now();
    if (!first.signal.aborted) {
      say(`${name}: stopping. Again to hurry.`);
      first.abort(new StoppedError(name));
    } else if (!second.signal.aborted) {
      say(`${name}: hurrying.`);
      second.abort(new StoppedError(name));
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: first.signal,
    hurry: second.signal,
    dispose() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}

/** Why work was broken off: a person, or the system, asked for it. */
class StoppedError extends Error {
  override readonly name = 'StoppedError';

  constructor(signal: string) {
    super(`Stopped by ${signal}.`);
  }
}

/** The promise's own end, or the signal's reason, whichever comes first. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
