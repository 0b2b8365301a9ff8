import { pino } from 'pino';
import type { Logger } from '../../src/log';

export interface LoggedLines {
  readonly log: Logger;
  /** What was logged so far, oldest first. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** A log that a test can read. */
export function logLines(): LoggedLines {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: pino({ level: 'info', base: null }, { write }), lines };
}
