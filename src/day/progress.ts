import { Presets, SingleBar } from 'cli-progress';
import type { DayProgress } from './run-day';

export interface ProgressView {
  show(progress: DayProgress): void;
  end(): void;
}

const EVERY_MS = 3_000;

/** A bar on a terminal; elsewhere a line now and then. Both on standard error: standard output is for results. */
export function progressView(stream: NodeJS.WriteStream): ProgressView {
  return stream.isTTY ? barView(stream) : lineView((line) => stream.write(`${line}\n`));
}

function barView(stream: NodeJS.WriteStream): ProgressView {
  const options = {
    stream,
    format: '{stage} {bar} {value} of {total}  {duration_formatted}  {note}',
    hideCursor: true,
    clearOnComplete: false,
    linewrap: false,
    gracefulExit: false,
  };
  const bar = new SingleBar(options, Presets.shades_classic);
  let started = false;
  return {
    show({ stage, done, total, note = '' }) {
      if (stage === 'accepting') return;
      if (!started) bar.start(total ?? done, done, { stage: 'Settling', note });
      started = true;
      bar.update(done, { note });
    },
    end() {
      if (started) bar.stop();
      started = false;
    },
  };
}

/** Lines for a log: at most one every few seconds, and one when something ends. */
export function lineView(write: (line: string) => void, now: () => number = Date.now): ProgressView {
  let last = '';
  let written_ms = -Infinity;
  return {
    show({ stage, done, total, note }) {
      const line =
        stage === 'accepting'
          ? `Accepting: ${done} lines`
          : `Settling: ${done} of ${String(total)}${note === undefined ? '' : ` (waiting: ${note})`}`;
      const isOver = done === total;
      if (line === last || (!isOver && now() - written_ms < EVERY_MS)) return;
      last = line;
      written_ms = now();
      write(line);
    },
    end: () => undefined,
  };
}
