/** Instruments: what is traded against what, and how finely. */
import { MAX_DECIMALS } from './money';
import { printable } from './refusal';

export const INSTRUMENT_STATUSES = ['active', 'halted'] as const;
export type InstrumentStatus = (typeof INSTRUMENT_STATUSES)[number];

export interface Instrument {
  /** `<base>-<quote>`, at most 20 characters: 'BTC-USDC'. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimals of a quantity of the base asset. */
  readonly quantity_scale: number;
  /** Decimals of a price. */
  readonly price_scale: number;
  /** Decimals of amounts and commissions in the quote asset; amounts are rounded to it. */
  readonly cash_scale: number;
  /** A halted instrument accepts trades; they fail in their turn until it is active again. */
  readonly status: InstrumentStatus;
}

export const ASSET_PATTERN = /^[A-Z0-9]{1,10}$/;
export const MAX_SYMBOL_LENGTH = 20;

export interface InstrumentProblem {
  readonly field: keyof Instrument;
  readonly problem: string;
}

/** What is wrong with an instrument's definition, the first thing found; null if nothing is. */
export function instrumentProblem(instrument: Instrument): InstrumentProblem | null {
  for (const field of ['base', 'quote'] as const) {
    if (ASSET_PATTERN.test(instrument[field])) continue;
    return { field, problem: `${printable(instrument[field])} is no asset; expected 1 to 10 of A-Z and 0-9` };
  }
  const { symbol, base, quote } = instrument;
  if (base === quote) return { field: 'quote', problem: `base and quote are both ${base}; expected two assets` };
  if (symbol !== `${base}-${quote}`) {
    return {
      field: 'symbol',
      problem: `${printable(symbol)} is not the pair of its assets; expected "${base}-${quote}"`,
    };
  }
  if (symbol.length > MAX_SYMBOL_LENGTH) {
    return { field: 'symbol', problem: `${printable(symbol)} has more than ${MAX_SYMBOL_LENGTH} characters` };
  }
  for (const field of ['quantity_scale', 'price_scale', 'cash_scale'] as const) {
    const scale = instrument[field];
    if (Number.isInteger(scale) && scale >= 0 && scale <= MAX_DECIMALS) continue;
    return { field, problem: `${printable(scale)} is no scale; expected a whole number from 0 to ${MAX_DECIMALS}` };
  }
  return null;
}
