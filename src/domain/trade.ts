/**
 * The trade event, and what can be said against it once its instrument and the time are known. That its fields are well
 * formed is the wire's to check (protocol/wire/trade-event.ts); that its accounts exist is the ledger's.
 */
import { businessDayOf, deadlineAt, isDate, startOfDate } from './calendar';
import type { Instrument } from './instrument';
import { Decimal, decimalOf, decimalText, fitsLedger, formatAmount, grossAmount } from './money';
import { printable, refuse, type Refusal } from './refusal';

/** 1 to 128 characters that are safe in a URL, a workflow id and a file name. */
export const TRADE_ID_PATTERN = /^[A-Za-z0-9._:-]{1,128}$/;

export const TRADE_EVENT_TYPE = 'TradeExecuted';

/** An executed trade as the matching engine hands it over (CantonDEX's TradeEvent). */
export interface TradeEvent {
  readonly event_id: string;
  readonly event_type: typeof TRADE_EVENT_TYPE;
  /** When the event was made, milliseconds UTC. */
  readonly timestamp: number;
  readonly trade_id: string;
  readonly trading_pair: string;
  readonly buy_order_id: string;
  readonly sell_order_id: string;
  readonly buyer_account_id: string;
  readonly seller_account_id: string;
  /** Quote asset for one unit of the base asset, a plain decimal string. */
  readonly price: string;
  /** Of the base asset, a plain decimal string. */
  readonly quantity: string;
  /** When the trade was matched, milliseconds UTC. */
  readonly trade_timestamp: number;
  readonly settlement_required: boolean;
  /** In the quote asset, on top of the amount; absent = none. */
  readonly buyer_commission?: string | undefined;
  /** In the quote asset, out of the amount; absent = none. */
  readonly seller_commission?: string | undefined;
  /** YYYY-MM-DD; absent = the business day of acceptance (T+0). */
  readonly settlement_date?: string | undefined;
  /** Whether the end of day may settle it in parts; absent = no. */
  readonly allow_partial?: boolean | undefined;
}

/** How far the matching engine's clock may be ahead of ours. */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;

export interface TradeCheckConfig {
  /** SETTLEMENT_DEADLINE_BUSINESS_DAYS: business days after the settlement date until a failed settlement is final. */
  readonly deadlineBusinessDays: number;
  /** Instead of those days, for tests: so long after acceptance or, if it is later, the start of the settlement date. */
  readonly deadlineOverrideMs?: number | undefined;
}

/** What acceptance fixes and stores. Amounts are canonical decimal strings. */
export interface TermsInContext {
  readonly base: string;
  readonly quote: string;
  readonly price: string;
  readonly quantity: string;
  /** price x quantity, rounded once, half-even, to the cash scale. */
  readonly amount: string;
  readonly buyer_commission: string;
  readonly seller_commission: string;
  /** YYYY-MM-DD */
  readonly settlement_date: string;
  /** ISO 8601 in UTC. */
  readonly deadline_at: string;
  readonly allow_partial: boolean;
}

export type TradeCheck =
  { readonly ok: true; readonly terms: TermsInContext } | { readonly ok: false; readonly refusal: Refusal };

type Refused = { readonly ok: false; readonly refusal: Refusal };

/**
 * Checks a well-formed event against its instrument (undefined if there is none of that symbol) and the time of
 * acceptance `asOf` (milliseconds UTC), and computes what acceptance fixes. A trade that is already known is not to be
 * checked: its id is looked up before (design rule "Idempotency").
 */
export function checkTradeInContext(
  event: TradeEvent,
  instrument: Instrument | undefined,
  asOf: number,
  config: TradeCheckConfig,
): TradeCheck {
  const parties = checkParties(event);
  if (parties !== null) return parties;
  if (instrument === undefined) {
    return refuse(
      'UNKNOWN_INSTRUMENT',
      'trading_pair',
      `trading_pair ${printable(event.trading_pair)} is not a known instrument`,
    );
  }
  const problem = checkScales(event, instrument) ?? checkTimes(event, asOf);
  if (problem !== null) return problem;
  const amounts = amountsOf(event, instrument);
  const wrong = checkAmounts(amounts, instrument);
  if (wrong !== null) return wrong;
  const settlement_date = event.settlement_date ?? businessDayOf(asOf);
  const terms: TermsInContext = {
    base: instrument.base,
    quote: instrument.quote,
    price: decimalText(amounts.price),
    quantity: decimalText(amounts.quantity),
    amount: decimalText(amounts.amount),
    buyer_commission: decimalText(amounts.buyer_commission),
    seller_commission: decimalText(amounts.seller_commission),
    settlement_date,
    deadline_at: new Date(deadlineOf(settlement_date, asOf, config)).toISOString(),
    allow_partial: event.allow_partial ?? false,
  };
  return { ok: true, terms };
}

function deadlineOf(settlementDate: string, asOf: number, config: TradeCheckConfig): number {
  if (config.deadlineOverrideMs === undefined) return deadlineAt(settlementDate, config.deadlineBusinessDays);
  return Math.max(asOf, startOfDate(settlementDate)) + config.deadlineOverrideMs;
}

function checkParties(event: TradeEvent): Refused | null {
  if (!event.settlement_required) {
    return refuse('SETTLEMENT_NOT_REQUIRED', 'settlement_required', 'settlement_required is false; expected true');
  }
  if (event.buyer_account_id.toLowerCase() === event.seller_account_id.toLowerCase()) {
    return refuse(
      'SAME_PARTY',
      'seller_account_id',
      `seller_account_id ${event.seller_account_id} is the buyer's account too; expected two accounts`,
    );
  }
  if (event.buy_order_id.toLowerCase() === event.sell_order_id.toLowerCase()) {
    return refuse(
      'SAME_ORDER',
      'sell_order_id',
      `sell_order_id ${event.sell_order_id} is the buy order too; expected two orders`,
    );
  }
  return null;
}

function checkScales(event: TradeEvent, instrument: Instrument): Refused | null {
  const scales = [
    ['price', 'price_scale'],
    ['quantity', 'quantity_scale'],
    ['buyer_commission', 'cash_scale'],
    ['seller_commission', 'cash_scale'],
  ] as const;
  for (const [field, scaleName] of scales) {
    const text = event[field] ?? '0';
    const scale = instrument[scaleName];
    if (decimalOf(text).decimalPlaces() <= scale) continue;
    const expected = `expected at most ${scale}, the ${scaleName} of ${instrument.symbol}`;
    return refuse(
      'TOO_MANY_DECIMALS',
      field,
      `${field} ${printable(text)} has ${decimalOf(text).decimalPlaces()} decimals; ${expected}`,
    );
  }
  return null;
}

function checkTimes(event: TradeEvent, asOf: number): Refused | null {
  const ahead = event.trade_timestamp - asOf;
  if (ahead > MAX_CLOCK_SKEW_MS) {
    const limit = `expected at most ${MAX_CLOCK_SKEW_MS / 60_000} minutes ahead of now`;
    return refuse(
      'TIME_IN_FUTURE',
      'trade_timestamp',
      `trade_timestamp ${event.trade_timestamp} is ${ahead} ms in the future; ${limit}`,
    );
  }
  const date = event.settlement_date;
  if (date === undefined) return null;
  if (!isDate(date)) {
    return refuse(
      'INVALID_DATE',
      'settlement_date',
      `settlement_date ${printable(date)} does not exist; expected a date as YYYY-MM-DD`,
    );
  }
  const today = businessDayOf(asOf);
  if (date >= today) return null;
  return refuse(
    'DATE_IN_PAST',
    'settlement_date',
    `settlement_date ${date} is in the past; expected ${today} or later`,
  );
}

interface Amounts {
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly amount: Decimal;
  readonly buyer_commission: Decimal;
  readonly seller_commission: Decimal;
}

function amountsOf(event: TradeEvent, instrument: Instrument): Amounts {
  const price = decimalOf(event.price);
  const quantity = decimalOf(event.quantity);
  return {
    price,
    quantity,
    amount: grossAmount(price, quantity, instrument.cash_scale),
    buyer_commission: decimalOf(event.buyer_commission ?? '0'),
    seller_commission: decimalOf(event.seller_commission ?? '0'),
  };
}

function checkAmounts(amounts: Amounts, instrument: Instrument): Refused | null {
  const { amount } = amounts;
  for (const field of ['price', 'quantity'] as const) {
    if (amounts[field].isZero()) return refuse('ZERO_AMOUNT', field, `${field} is zero; expected more`);
  }
  if (amount.isZero()) {
    return refuse(
      'ZERO_AMOUNT',
      'quantity',
      `price x quantity is zero at ${instrument.cash_scale} decimals of ${instrument.quote}; expected more`,
    );
  }
  if (!fitsLedger(amount)) {
    return refuse('OUT_OF_RANGE', 'quantity', `price x quantity is ${decimalText(amount)}; expected less than 1e20`);
  }
  for (const field of ['buyer_commission', 'seller_commission'] as const) {
    if (amounts[field].lessThanOrEqualTo(amount)) continue;
    const [commission, limit] = [amounts[field], amount].map((value) =>
      formatAmount(decimalText(value), instrument.quote),
    );
    return refuse(
      'COMMISSION_ABOVE_AMOUNT',
      field,
      `${field} ${commission} is above the amount of the trade, ${limit}`,
    );
  }
  const total = amount.plus(amounts.buyer_commission);
  if (fitsLedger(total)) return null;
  return refuse(
    'OUT_OF_RANGE',
    'buyer_commission',
    `amount + buyer_commission is ${decimalText(total)}; expected less than 1e20`,
  );
}
