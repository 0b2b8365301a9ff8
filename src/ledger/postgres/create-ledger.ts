import type { DatabasePool } from 'slonik';
import type { RetryPolicy } from '../../domain/settlement';
import type { Ledger } from '../port';
import { abort } from './abort';
import { accept } from './accept';
import { cancel } from './cancel';
import { close } from './close';
import { execute } from './execute';
import { finalise } from './finalise';
import { findOutcome } from './find-outcome';
import { initiate } from './initiate';
import { lock } from './lock';
import { pause } from './pause';
import { resume } from './resume';
import { retry, retryDue, type DeadlinePolicy } from './retry';

export type LedgerPolicy = RetryPolicy & DeadlinePolicy;

/** The ledger in PostgreSQL: each verb is one call of one function in the database, and one transaction. */
export function createPostgresLedger(pool: DatabasePool, policy: LedgerPolicy): Ledger {
  return {
    accept: (requests, context) => accept(pool, requests, context),
    initiate: (settlements, context) => initiate(pool, settlements, context),
    lockSecurities: (settlements, context) => lock(pool, 'securities', settlements, context),
    lockCash: (settlements, context) => lock(pool, 'cash', settlements, context),
    execute: (settlements, context) => execute(pool, settlements, context),
    finalise: (settlements, context) => finalise(pool, settlements, context),
    abort: (failures, context) => abort(pool, policy, failures, context),
    close: (settlements, context) => close(pool, settlements, context),
    retryDue: (settlements, context) => retryDue(pool, settlements, context),
    retry: (settlements, command) => retry(pool, policy, settlements, command),
    cancel: (settlements, command) => cancel(pool, settlements, command),
    pause: (settlements, command) => pause(pool, settlements, command),
    resume: (settlements, command) => resume(pool, settlements, command),
    findOutcome: (settlements) => findOutcome(pool, settlements),
  };
}
