/**
 * What a failed database call means for the caller.
 * - transient: nothing was done; the same call later may succeed. Temporal retries it.
 * - rejected: the data says no; the same call gets the same answer. Nothing was done.
 * - unknown: the call may have been committed, its answer was lost. Read the row before anything is decided.
 * - bug: ours or the configuration's. Whatever is not listed here is one, loudly.
 */
type ErrorKind = 'transient' | 'rejected' | 'unknown' | 'bug';

export interface ClassifiedError {
  kind: ErrorKind;
  /** The server's five characters, where the server answered. */
  sqlstate: string | null;
  message: string;
}

/** Codes of failures that the driver sees itself, without an answer from the server. */
export type DriverErrorCode =
  'POSTGRES_CONNECT_FAILED' | 'POSTGRES_CONNECTION_LOST' | 'POSTGRES_QUERY_TIMEOUT' | 'POSTGRES_POOL_TIMEOUT';

/** A failure on this side of the connection; `code` says which. */
export class PostgresDriverError extends Error {
  override readonly name = 'PostgresDriverError';

  constructor(
    readonly code: DriverErrorCode,
    message: string,
    options?: { cause: unknown },
  ) {
    super(message, options);
  }
}

/** SQLSTATE -> kind. */
const SQLSTATES: Readonly<Record<string, ErrorKind>> = {
  '08000': 'unknown', // connection_exception: somewhere between request and answer
  '08001': 'transient', // sqlclient_unable_to_establish_sqlconnection: never connected
  '08003': 'unknown', // connection_does_not_exist
  '08004': 'transient', // sqlserver_rejected_establishment_of_sqlconnection: never connected
  '08006': 'unknown', // connection_failure
  '08007': 'unknown', // transaction_resolution_unknown: by name
  '08P01': 'unknown', // protocol_violation: PgBouncer's code when its server connection broke under a query
  '22003': 'rejected', // numeric_value_out_of_range
  '22007': 'rejected', // invalid_datetime_format
  '22008': 'rejected', // datetime_field_overflow
  '22021': 'rejected', // character_not_in_repertoire: a NUL in a text
  '22P02': 'rejected', // invalid_text_representation: not a uuid, not a number
  '22P05': 'rejected', // untranslatable_character
  '22001': 'rejected', // string_data_right_truncation: longer than its varchar
  '23502': 'rejected', // not_null_violation
  '23503': 'rejected', // foreign_key_violation: no such account, order or trade
  '23505': 'rejected', // unique_violation: it is there already
  '23514': 'rejected', // check_violation: a table's or a domain's rule
  '23P01': 'rejected', // exclusion_violation
  '25006': 'transient', // read_only_sql_transaction: connected to a standby during a failover
  '25P03': 'transient', // idle_in_transaction_session_timeout: rolled back
  '28000': 'bug', // invalid_authorization_specification: the configuration's
  '28P01': 'bug', // invalid_password: the configuration's
  '3D000': 'bug', // invalid_catalog_name: no such database; the configuration's
  '40001': 'transient', // serialization_failure: rolled back
  '40003': 'unknown', // statement_completion_unknown: by name
  '40P01': 'transient', // deadlock_detected: rolled back
  '42501': 'bug', // insufficient_privilege: a grant is missing, or we try what we must not
  '53000': 'transient', // insufficient_resources
  '53100': 'transient', // disk_full: rolled back; room may be made
  '53200': 'transient', // out_of_memory
  '53300': 'transient', // too_many_connections: never connected
  '53400': 'transient', // configuration_limit_exceeded
  '55006': 'transient', // object_in_use
  '55P03': 'transient', // lock_not_available: lock_timeout or nowait
  '57014': 'transient', // query_canceled: statement_timeout or a cancel; both end before the commit begins
  '57P01': 'unknown', // admin_shutdown: may arrive after the commit, instead of its answer
  '57P02': 'unknown', // crash_shutdown: another backend crashed and took this one along
  '57P03': 'transient', // cannot_connect_now: starting up, shutting down or recovering
  '57P05': 'transient', // idle_session_timeout: nothing was running
  '58000': 'transient', // system_error outside PostgreSQL
  '58030': 'transient', // io_error: rolled back
  CD001: 'bug', // ours: an event that is no legal step from where its settlement is
  CD002: 'bug', // ours: history was to be rewritten
  CD003: 'bug', // ours: the books do not show what the step before must have written
  P0001: 'rejected', // raise_exception: a rule of ours in the database said no
};

/** The driver's, Node's and slonik's own failures, by code or by class name -> kind. */
const CODES: Readonly<Record<string, ErrorKind>> = {
  POSTGRES_CONNECT_FAILED: 'transient', // nothing was sent
  POSTGRES_POOL_TIMEOUT: 'transient', // nothing was sent: every connection stayed busy
  POSTGRES_CONNECTION_LOST: 'unknown', // under a query: its COMMIT may be there
  POSTGRES_QUERY_TIMEOUT: 'unknown', // the server stopped answering; what it does next is not known

  ECONNREFUSED: 'transient', // nobody listens
  ENOENT: 'transient', // the socket file is not there (yet)
  ENOTFOUND: 'transient', // name resolution
  EAI_AGAIN: 'transient', // name resolution
  EHOSTUNREACH: 'unknown', // also arrives on an established connection
  ENETUNREACH: 'unknown', // likewise
  ECONNRESET: 'unknown', // the answer may have been on its way
  ECONNABORTED: 'unknown', // likewise
  EPIPE: 'unknown', // the request may have gone out before
  ETIMEDOUT: 'unknown', // TCP gave up waiting for the other side

  ConnectionError: 'transient', // slonik: no connection could be made
  BackendTerminatedError: 'unknown', // slonik: the connection ended under a query
  BackendTerminatedUnexpectedlyError: 'unknown', // likewise
  StatementTimeoutError: 'transient', // slonik's name for 57014
  StatementCancelledError: 'transient', // likewise
  IdleTransactionTimeoutError: 'transient', // slonik's name for 25P03
  TupleMovedToAnotherPartitionError: 'transient', // rolled back
};

/** slonik's plain errors, which have neither a code nor a class: each is thrown before anything is sent. */
const MESSAGES: Readonly<Record<string, ErrorKind>> = {
  'Client is pending destroy.': 'transient',
  'Client is destroyed.': 'transient',
  'Connection pool is being terminated.': 'transient',
  'Connection pool has ended.': 'transient',
  'Connection pool is being shut down. Cannot create a new connection.': 'transient',
  'Connection pool has been shut down. Cannot create a new connection.': 'transient',
};

const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Node's codes of five letters (EPIPE) look like a SQLSTATE; the server's always have a digit. */
const HAS_DIGIT = /\d/;
const CONNECTING = new Set(['POSTGRES_CONNECT_FAILED', 'ConnectionError']);

/**
 * Says what an error from the pool means. Goes by codes, never by `instanceof`, which fails across Jest's and vm's realms;
 * looks through `cause`, the server's own answer before anything wrapped around it.
 */
export function classifyError(error: unknown): ClassifiedError {
  const chain = causes(error);
  const sqlstate = chain.map(sqlstateOf).find((code) => code !== null) ?? null;
  const listed = chain.flatMap(namesOf);
  const known =
    sqlstate === null
      ? listed.map((name) => CODES[name] ?? MESSAGES[name]).find((kind) => kind !== undefined)
      : SQLSTATES[sqlstate];
  const kind = known ?? 'bug';
  const neverSent = listed.some((name) => CONNECTING.has(name));
  return { kind: neverSent && kind === 'unknown' ? 'transient' : kind, sqlstate, message: describe(chain) };
}

interface ErrorLike {
  code?: unknown;
  message?: unknown;
  cause?: unknown;
  errors?: unknown;
  constructor?: { name?: unknown };
}

/** Outermost first. An AggregateError (one host, several addresses) stands for its first failure. */
function causes(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  let next: unknown = error;
  while (typeof next === 'object' && next !== null && !chain.includes(next)) {
    const one: ErrorLike = next;
    chain.push(one);
    next = one.cause ?? (Array.isArray(one.errors) ? (one.errors[0] as unknown) : undefined);
  }
  return chain;
}

function sqlstateOf(error: ErrorLike): string | null {
  const { code } = error;
  return typeof code === 'string' && SQLSTATE.test(code) && HAS_DIGIT.test(code) ? code : null;
}

function namesOf(error: ErrorLike): string[] {
  return [error.code, error.constructor?.name, error.message].filter((name) => typeof name === 'string');
}

function describe(chain: ErrorLike[]): string {
  const messages = chain.map((one) => one.message).filter((message) => typeof message === 'string' && message !== '');
  return messages.length === 0 ? 'No message.' : [...new Set(messages)].join(': ');
}
