import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod/v4';

const wholeSeconds = z.coerce.number().int().min(0).max(31_536_000);

/** Everything that can be configured, by its environment variable. Temporal's own variables are read by its library. */
const variables = z.object({
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'expected a URL such as postgres://user:password@host:5432/cantondex' })
    .optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  SETTLEMENT_TIMEOUT_SECONDS: wholeSeconds.min(1).default(300),
  SETTLEMENT_RETRY_ATTEMPTS: z.coerce.number().int().min(0).max(1000).default(3),
  SETTLEMENT_RETRY_DELAY_SECONDS: wholeSeconds.default(30),
  SETTLEMENT_BATCH_SIZE: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_000, { error: 'expected at most 2000: a larger commit would run into the statement timeout' })
    .default(1000),
  SETTLEMENT_DEADLINE_BUSINESS_DAYS: z.coerce.number().int().min(0).max(366).default(5),
  /** Instead of the business days, for tests: so long after acceptance, or after the start of a later settlement date. */
  SETTLEMENT_DEADLINE_SECONDS: wholeSeconds.min(1).optional(),
});

export interface Config {
  /** Null where the servers of `npm start` are meant: then their stack.json tells. */
  readonly databaseUrl: string | null;
  /** Where Temporal is, from its standard variables; null where stack.json tells. */
  readonly temporal: ClientConnectConfig | null;
  readonly logLevel: string;
  readonly port: number;
  readonly settlement: SettlementConfig;
}

export interface SettlementConfig {
  /** After so long a waiting settlement is reported; it never fails for it. */
  readonly timeout_seconds: number;
  readonly retry_attempts: number;
  readonly retry_delay_seconds: number;
  /** How many trades one commit accepts. */
  readonly batch_size: number;
  readonly deadline_business_days: number;
  readonly deadline_seconds: number | null;
}

/** A variable that cannot be used; the message names it and what is expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the configuration once, at the start of a program. Throws ConfigError. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = variables.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`The configuration cannot be used. ${problems.join('; ')}.`);
  }
  const v = parsed.data;
  return {
    databaseUrl: v.DATABASE_URL ?? null,
    temporal: readTemporal(env),
    logLevel: v.LOG_LEVEL,
    port: v.PORT,
    settlement: {
      timeout_seconds: v.SETTLEMENT_TIMEOUT_SECONDS,
      retry_attempts: v.SETTLEMENT_RETRY_ATTEMPTS,
      retry_delay_seconds: v.SETTLEMENT_RETRY_DELAY_SECONDS,
      batch_size: v.SETTLEMENT_BATCH_SIZE,
      deadline_business_days: v.SETTLEMENT_DEADLINE_BUSINESS_DAYS,
      deadline_seconds: v.SETTLEMENT_DEADLINE_SECONDS ?? null,
    },
  };
}

function readTemporal(env: Readonly<Record<string, string | undefined>>): ClientConnectConfig | null {
  if (!Object.keys(env).some((name) => name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_CLI')) return null;
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return loadClientConnectConfig({ overrideEnvVars });
}

/** The configuration as a table for people: variable, value, with secrets hidden. */
export function describeConfig(config: Config): { readonly variable: string; readonly value: string }[] {
  const { settlement } = config;
  const rows: [string, string | number | null][] = [
    ['DATABASE_URL', config.databaseUrl === null ? null : hidePassword(config.databaseUrl)],
    ['TEMPORAL_ADDRESS', config.temporal?.connectionOptions.address ?? null],
    ['TEMPORAL_NAMESPACE', config.temporal?.namespace ?? null],
    ['TEMPORAL_API_KEY', config.temporal?.connectionOptions.apiKey === undefined ? null : '(hidden)'],
    ['LOG_LEVEL', config.logLevel],
    ['PORT', config.port],
    ['SETTLEMENT_TIMEOUT_SECONDS', settlement.timeout_seconds],
    ['SETTLEMENT_RETRY_ATTEMPTS', settlement.retry_attempts],
    ['SETTLEMENT_RETRY_DELAY_SECONDS', settlement.retry_delay_seconds],
    ['SETTLEMENT_BATCH_SIZE', settlement.batch_size],
    ['SETTLEMENT_DEADLINE_BUSINESS_DAYS', settlement.deadline_business_days],
    ['SETTLEMENT_DEADLINE_SECONDS', settlement.deadline_seconds],
  ];
  return rows.map(([variable, value]) => ({ variable, value: value === null ? '(not set)' : String(value) }));
}

function hidePassword(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  if (url.password !== '') url.password = 'hidden';
  return url.toString();
}
