import { ApplicationFailure } from '@temporalio/activity';

/** What an error of the database means (src/postgres/errors.ts), as far as ops need it. */
export interface ErrorMeaning {
  readonly kind: string;
  readonly sqlstate: string | null;
  readonly message: string;
}

/**
 * An error of a step as ops read it in the Temporal UI: its kind (docs/ERRORS.md) as the type, and what PostgreSQL said.
 * Never non-retryable: only a row that is closed ends a settlement, so even a bug is tried again until it is mended.
 */
export function toApplicationFailure({ kind, sqlstate, message }: ErrorMeaning): ApplicationFailure {
  return ApplicationFailure.create({
    type: kind.toUpperCase(),
    message: sqlstate === null ? message : `${message} (SQLSTATE ${sqlstate})`,
    nonRetryable: false,
  });
}
