import { destination, pino, type Logger } from 'pino';

/** The program's log: JSON lines on standard error, so that standard output is for results. Secrets never reach it. */
export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: ['databaseUrl', 'password', '*.databaseUrl', '*.password', '*.apiKey'], censor: '(hidden)' },
    },
    destination({ dest: 2, sync: true }),
  );
}

export type { Logger };
