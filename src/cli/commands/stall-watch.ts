import type { DayProgress } from '../../day/run-day';

const STALLED_AFTER_MS = 15_000;

/** Notices when nothing has come to rest for a while: then no worker runs, or something is wrong with it. */
export interface StallWatch {
  readonly signal: AbortSignal;
  onProgress(progress: DayProgress): void;
  stop(): void;
}

/** Watches from now on; its signal aborts once, when `done` has not changed for 15 s. */
export function stallWatch(): StallWatch {
  const stalled = new AbortController();
  let done = -1;
  const timer = setTimeout(() => stalled.abort(new Error('nothing moves')), STALLED_AFTER_MS);
  return {
    signal: stalled.signal,
    onProgress(progress) {
      if (progress.done === done) return;
      done = progress.done;
      timer.refresh();
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
