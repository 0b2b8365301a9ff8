/**
 * Decimal arithmetic of money and quantities. Amounts are decimal strings at every border and exact decimals inside;
 * the only rounding is half-even, to a stated scale (design rule "Money").
 *
 * Bounds: at most 18 decimals and below 1e20, the same as the database's domain `amount`. Two such numbers have 38
 * digits each, so a product has at most 76: precision 80 keeps it exact.
 */
import { Decimal as DecimalJs } from 'decimal.js';

/** A clone of its own: another user of decimal.js in the process cannot change its precision or rounding. */
export const Decimal = DecimalJs.clone({
  defaults: true,
  precision: 80,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  // Never prints an exponent.
  toExpNeg: -9e15,
  toExpPos: 9e15,
});
export type Decimal = DecimalJs;

/** The most decimals that an amount, a price or a quantity can have. */
export const MAX_DECIMALS = 18;
/** The most digits before the point: every amount is below 1e20. */
export const MAX_INTEGER_DIGITS = 20;
/** A plain decimal: '0', '64000.5', '1.50'. Refused: signs, exponents, spaces, '.5', '5.', '01', '00.5'. */
export const DECIMAL_PATTERN = /^(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{1,18})?$/;

const LIMIT = new Decimal(10).pow(MAX_INTEGER_DIGITS);

/** Why a text is no plain decimal. */
export interface DecimalProblem {
  readonly code: 'INVALID_DECIMAL' | 'TOO_MANY_DECIMALS' | 'OUT_OF_RANGE';
  /** Completes the sentence '"1e5" ...'. */
  readonly problem: string;
}

/** What keeps `text` from being a plain decimal within the bounds, or null. */
export function decimalProblem(text: string): DecimalProblem | null {
  if (DECIMAL_PATTERN.test(text)) return null;
  const invalid = (problem: string): DecimalProblem => ({ code: 'INVALID_DECIMAL', problem });
  if (text === '') return invalid('is empty');
  if (/\s/u.test(text)) return invalid('has spaces');
  if (/^[+-]/.test(text)) return invalid('has a sign');
  if (/^[0-9.]+[eE][+-]?[0-9]+$/.test(text)) return invalid('has an exponent');
  if (!/^[0-9.]*$/.test(text)) return invalid('has characters other than digits and a point');
  if (!/^[0-9]+(?:\.[0-9]+)?$/.test(text)) return invalid('needs digits on both sides of at most one point');
  if (/^0[0-9]/.test(text)) return invalid('has a leading zero');
  if (/\.[0-9]{19}/.test(text)) return { code: 'TOO_MANY_DECIMALS', problem: `has more than ${MAX_DECIMALS} decimals` };
  return { code: 'OUT_OF_RANGE', problem: 'is 1e20 or more' };
}

/** The number that a plain, non-negative decimal string stands for; null if it is none (see DECIMAL_PATTERN). */
export function parseDecimal(text: string): Decimal | null {
  return DECIMAL_PATTERN.test(text) ? new Decimal(text) : null;
}

/** The number of a text that was checked before. Throws RangeError on anything else: that is a bug of the caller. */
export function decimalOf(text: string): Decimal {
  const value = parseDecimal(text);
  if (value === null) throw new RangeError(`not a plain decimal: ${text.slice(0, 60)}`);
  return value;
}

/** The one text of a value: no exponent, no trailing zeros, no '-0'. Negative values (postings) keep their sign. */
export function decimalText(value: Decimal): string {
  return value.toFixed();
}

/** The one text of an amount: '1.50' and '1.5' give '1.5', '0.0' gives '0'. Throws RangeError like decimalOf. */
export function canonicalDecimal(text: string): string {
  return decimalText(decimalOf(text));
}

/** Decimals that the value needs; trailing zeros need none: '1.50' needs 1. Throws RangeError like decimalOf. */
export function decimalPlaces(text: string): number {
  return decimalOf(text).decimalPlaces();
}

/** `value` rounded to `scale` decimals; a tie goes to the even neighbour. */
export function roundHalfEven(value: Decimal, scale: number): Decimal {
  return value.toDecimalPlaces(scale, Decimal.ROUND_HALF_EVEN);
}

/** price x quantity, exact, then rounded once, half-even, to the instrument's cash scale: the amount of a trade. */
export function grossAmount(price: Decimal, quantity: Decimal, cashScale: number): Decimal {
  return roundHalfEven(price.times(quantity), cashScale);
}

/** Whether the ledger can hold the value: at most 18 decimals and an absolute value below 1e20. */
export function fitsLedger(value: Decimal): boolean {
  return value.abs().lessThan(LIMIT) && value.decimalPlaces() <= MAX_DECIMALS;
}

/** The sum of signed decimal texts; '0' for none. */
export function sumAmounts(texts: Iterable<string>): string {
  let total = new Decimal(0);
  for (const text of texts) total = total.plus(text);
  return decimalText(total);
}

/** The negative of a signed decimal text. */
export function negateAmount(text: string): string {
  return decimalText(new Decimal(text).negated());
}

/** -1, 0 or 1 as `left` is less than, equal to or greater than `right`; signed decimal texts. */
export function compareAmounts(left: string, right: string): number {
  return new Decimal(left).comparedTo(right);
}

/** For people: '79400.50' gives '79,400.5'; with an asset, '79,400.5 USDC'. */
export function formatAmount(text: string, asset?: string): string {
  const [integer = '0', fraction] = decimalText(new Decimal(text)).split('.');
  const grouped = integer.replace(/\B(?=(?:\d{3})+$)/g, ',');
  const number = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return asset === undefined ? number : `${number} ${asset}`;
}
