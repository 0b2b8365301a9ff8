/**
 * Refusals: why an input is bad. A refused input leaves nothing behind; the sender corrects it and sends it again.
 * This table is the only list of the codes. HTTP problems, the CLI, Temporal's failure texts and docs/ERRORS.md derive from it.
 */

/** What went wrong, for whoever has to answer in another vocabulary (HTTP status, exit code). */
export type RefusalKind =
  /** The text or its shape is wrong: no look at the books can make it right. */
  | 'malformed'
  /** Well formed, but it cannot be accepted as things stand. */
  | 'invalid'
  /** The same id is known with other terms. */
  | 'conflict'
  /** Bigger than what is read at all. */
  | 'too_large';

interface RefusalMeaning {
  readonly kind: RefusalKind;
  /** What is wrong, as a heading. */
  readonly title: string;
  /** What the sender does next. */
  readonly action: string;
}

export const REFUSALS = {
  MALFORMED_JSON: { kind: 'malformed', title: 'Not valid JSON', action: 'Send one JSON object (RFC 8259).' },
  DUPLICATE_KEY: {
    kind: 'malformed',
    title: 'The same key twice in one object',
    action: 'Send each key once: readers disagree on which of two counts.',
  },
  TOO_DEEP: { kind: 'malformed', title: 'Nested too deeply', action: 'Send a flat object.' },
  TOO_LARGE: { kind: 'too_large', title: 'Too large', action: 'Send less; the limit is in the reason.' },
  INVALID_CHARACTERS: {
    kind: 'malformed',
    title: 'Characters that are not text',
    action: 'Send UTF-8 without control characters and lone surrogates.',
  },
  WRONG_TYPE: {
    kind: 'malformed',
    title: 'A value of the wrong type',
    action: 'Send the type that the reason names; money is always a string.',
  },
  UNKNOWN_FIELD: {
    kind: 'malformed',
    title: 'A field that does not exist',
    action: 'Leave the field out, or correct its name.',
  },
  MISSING_FIELD: { kind: 'malformed', title: 'A required field is missing', action: 'Send the field.' },
  INVALID_ID: { kind: 'malformed', title: 'Not a valid id', action: 'Send the id in the form that the reason names.' },
  INVALID_VALUE: {
    kind: 'malformed',
    title: 'Not one of the allowed values',
    action: 'Send one of the values that the reason names.',
  },
  INVALID_DECIMAL: {
    kind: 'malformed',
    title: 'Not a plain decimal number',
    action: 'Send digits with at most one point, such as "64000.5": no sign, exponent, space or leading zero.',
  },
  INVALID_DATE: {
    kind: 'malformed',
    title: 'Not a date of the calendar',
    action: 'Send an existing date as YYYY-MM-DD.',
  },
  OUT_OF_RANGE: {
    kind: 'malformed',
    title: 'Outside of the allowed range',
    action: 'Send a value within the range that the reason names.',
  },
  TOO_MANY_DECIMALS: {
    kind: 'malformed',
    title: 'More decimals than the instrument has',
    action: 'Round to the scale that the reason names, on your side, and send again.',
  },
  ZERO_AMOUNT: {
    kind: 'invalid',
    title: 'Nothing to settle',
    action: 'Send a price and a quantity whose product is not zero at the cash scale.',
  },
  COMMISSION_ABOVE_AMOUNT: {
    kind: 'invalid',
    title: 'A commission above the amount of the trade',
    action: 'Correct the commission.',
  },
  SAME_PARTY: {
    kind: 'invalid',
    title: 'The buyer is the seller',
    action: 'Prevent self-trades in the matching engine: there is nothing to settle.',
  },
  SAME_ORDER: { kind: 'invalid', title: 'One order on both sides', action: 'Send the order of each side.' },
  UNKNOWN_INSTRUMENT: {
    kind: 'invalid',
    title: 'Unknown instrument',
    action: 'Load the instrument first, or correct trading_pair.',
  },
  UNKNOWN_ACCOUNT: { kind: 'invalid', title: 'Unknown account', action: 'Load the account first, or correct its id.' },
  NOT_A_CUSTOMER: {
    kind: 'invalid',
    title: 'Not an account of a customer',
    action: 'System accounts do not trade: send the account of a customer.',
  },
  DATE_IN_PAST: {
    kind: 'invalid',
    title: 'A settlement date in the past',
    action: 'Send the business day of acceptance, a later one, or no date.',
  },
  TIME_IN_FUTURE: {
    kind: 'invalid',
    title: 'A trade that has not happened yet',
    action: 'Check the clock of the matching engine.',
  },
  SETTLEMENT_NOT_REQUIRED: {
    kind: 'invalid',
    title: 'A trade that needs no settlement',
    action: 'Send only trades that are to be settled.',
  },
  WRONG_WORKFLOW_ID: {
    kind: 'invalid',
    title: 'A workflow id that is not the one of the trade',
    action: 'Start settleTrade with the workflow id settlement-<trade_id>.',
  },
  TRADE_CONFLICT: {
    kind: 'conflict',
    title: 'Known trade, other terms',
    action: 'The first terms stand. Send a corrected trade under a new trade_id.',
  },
} as const satisfies Record<string, RefusalMeaning>;

export type RefusalCode = keyof typeof REFUSALS;

/** Why one input is refused. `field` is the field's name as it was to be sent, null if no single field is to blame. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly field: string | null;
  /** One sentence with the value and what was expected. */
  readonly reason: string;
}

/** Makes a refusal as the answer of a check. */
export function refuse(
  code: RefusalCode,
  field: string | null,
  reason: string,
): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, field, reason } };
}

export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(REFUSALS, text);
}

const SHOWN_CHARACTERS = 60;

/**
 * A value of unknown origin as it may stand in a message, a log line or a terminal: quoted if it is a string, short,
 * and in printable ASCII, so that it can neither break a line nor disguise itself.
 */
export function printable(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `"${printableText(value)}"`;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
    default:
      return 'nothing';
  }
}

/** Text of unknown origin, shortened to `limit` characters and escaped to printable ASCII, without quotes around it. */
export function printableText(text: string, limit = SHOWN_CHARACTERS): string {
  const short = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return short.replace(/[^\x20-\x7e]|["\\]/g, (unit) =>
    unit === '"' || unit === '\\' ? `\\${unit}` : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
