import type { ClientConnectConfig } from '@temporalio/envconfig';
import type { DatabasePool } from 'slonik';
import type { SettlementConfig } from '../config';
import type { TradeCheckConfig } from '../domain/trade';
import type { Ledger } from '../ledger/port';
import { createPostgresLedger } from '../ledger/postgres/create-ledger';
import type { Logger } from '../log';
import { createPool } from '../postgres/pool';
import { createTradeIntake, type TradeIntake } from './accept-trades';
import { reachTemporal, type TemporalClient } from './connect-temporal';
import { createSettlementCommands, type SettlementCommands } from './settlement-commands';
import { createWaker, type Waker } from './waker';

export interface EngineOptions {
  readonly databaseUrl: string;
  readonly temporal: ClientConnectConfig;
  readonly settlement: SettlementConfig;
  readonly log: Logger;
  /** How many connections to PostgreSQL at most. */
  readonly poolSize: number;
  readonly applicationName: string;
}

/** Everything a door needs: the database, the ledger on it, the intake of trades, commands, and Temporal's client. */
export interface Engine {
  readonly pool: DatabasePool;
  readonly ledger: Ledger;
  readonly intake: TradeIntake;
  readonly commands: SettlementCommands;
  readonly temporal: TemporalClient;
  readonly waker: Waker;
  close(): Promise<void>;
}

/** Puts the parts together. Each server is connected to when it is first needed: rows can be read and changed without Temporal. */
export async function connectEngine(options: EngineOptions): Promise<Engine> {
  const temporal = reachTemporal(options.temporal);
  const pool = await openPool(options);
  const ledger = createPostgresLedger(pool, options.settlement);
  const waker = createWaker(temporal.client, pool, options.log);
  return {
    pool,
    ledger,
    intake: createTradeIntake(ledger, pool, tradeCheckConfigOf(options.settlement)),
    commands: createSettlementCommands(ledger, pool, temporal.client, waker, options.log),
    temporal,
    waker,
    async close() {
      await waker.idle();
      await pool.end();
      await temporal.close();
    },
  };
}

/** A pool whose limits fit a step's 4.5 s: the statement's 3 s, then this side's 3.5 s. */
export function openPool(
  options: Pick<EngineOptions, 'databaseUrl' | 'applicationName' | 'poolSize'>,
): Promise<DatabasePool> {
  return createPool({
    databaseUrl: options.databaseUrl,
    applicationName: options.applicationName,
    maximumPoolSize: options.poolSize,
    statementTimeoutMs: 3_000,
    queryTimeoutMs: 3_500,
    acquireTimeoutMs: 4_000,
  });
}

export function tradeCheckConfigOf(settlement: SettlementConfig): TradeCheckConfig {
  return {
    deadlineBusinessDays: settlement.deadline_business_days,
    ...(settlement.deadline_seconds === null ? {} : { deadlineOverrideMs: settlement.deadline_seconds * 1000 }),
  };
}
