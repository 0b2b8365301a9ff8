/** The kinds of field that inputs are made of: what is accepted, the refusal's code when it is not, and what to say. */
import * as z from 'zod/v4';
import { FIRST_DATE, LAST_DATE, endOfDate, startOfDate } from '../../domain/calendar';
import { UUID_PATTERN } from '../../domain/ids';
import { ASSET_PATTERN } from '../../domain/instrument';
import { DECIMAL_PATTERN, MAX_DECIMALS } from '../../domain/money';
import type { RefusalCode } from '../../domain/refusal';
import { TRADE_ID_PATTERN } from '../../domain/trade';

// A type, not an interface: zod's registry asks for an index signature, which only a type alias has implicitly.
export type FieldRule = {
  /** The refusal for a value of the right type that is not accepted. */
  readonly code: RefusalCode;
  /** Completes the sentence 'expected ...'. */
  readonly expected: string;
};

/** The rule of each kind of field; wire/check.ts turns zod's issues into refusals with it. */
export const fieldRules = z.registry<FieldRule>();

/** Money, prices, quantities: never a JSON number. */
export const decimalString = z
  .string()
  .regex(DECIMAL_PATTERN)
  .register(fieldRules, {
    code: 'INVALID_DECIMAL',
    expected: `a plain decimal string such as "64000.5", with at most ${MAX_DECIMALS} decimals and below 1e20`,
  });

/** trade_id and event_id. */
export const plainId = z.string().regex(TRADE_ID_PATTERN).register(fieldRules, {
  code: 'INVALID_ID',
  expected: '1 to 128 characters of A-Z, a-z, 0-9, ".", "_", ":" and "-"',
});

/** Accounts and orders. */
export const uuid = z.string().regex(UUID_PATTERN).register(fieldRules, {
  code: 'INVALID_ID',
  expected: 'a UUID such as "4528e1d6-aff1-4a93-8c16-10046cb43662"',
});

/** The name of an instrument, whether there is one of that name or not. */
export const symbol = z
  .string()
  .regex(/^[A-Za-z0-9._:/-]{1,20}$/)
  .register(fieldRules, { code: 'UNKNOWN_INSTRUMENT', expected: 'the symbol of an instrument such as "BTC-USDC"' });

export const asset = z.string().regex(ASSET_PATTERN).register(fieldRules, {
  code: 'INVALID_ID',
  expected: 'an asset: 1 to 10 characters of A-Z and 0-9',
});

/** Milliseconds since 1970 in UTC. The range finds seconds and microseconds that were sent by mistake. */
export const instant = z.int().min(startOfDate(FIRST_DATE)).max(endOfDate(LAST_DATE)).register(fieldRules, {
  code: 'OUT_OF_RANGE',
  expected: 'whole milliseconds since 1970 as a JSON integer, between the years 2000 and 2100',
});

/** A date that the calendar has. */
export const date = z.iso
  .date()
  .refine((text) => text >= FIRST_DATE && text <= LAST_DATE, { params: { code: 'OUT_OF_RANGE' satisfies RefusalCode } })
  .register(fieldRules, {
    code: 'INVALID_DATE',
    expected: 'an existing date as "YYYY-MM-DD", between the years 2000 and 2100',
  });

export const flag = z.boolean().register(fieldRules, { code: 'WRONG_TYPE', expected: 'true or false' });

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  const expected = words.map((word) => `"${word}"`).join(' or ');
  return z.enum(words).register(fieldRules, { code: 'INVALID_VALUE', expected });
}
