import fc from 'fast-check';
import { sumsByAsset, swapPostings, type Posting } from '../../src/domain/legs';
import {
  Decimal,
  canonicalDecimal,
  decimalOf,
  decimalText,
  formatAmount,
  grossAmount,
  parseDecimal,
  sumAmounts,
} from '../../src/domain/money';

const SCALE = 18n;
const UNIT = 10n ** SCALE;
const MAX_UNITS = 10n ** 38n - 1n;

/** A plain decimal text as a count of 1e-18 units: the arithmetic below shares nothing with decimal.js. */
function units(text: string): bigint {
  const [integer = '', fraction = ''] = text.split('.');
  return BigInt(integer) * UNIT + BigInt(fraction.padEnd(18, '0'));
}

function textOf(value: bigint, scale: number): string {
  const digits = value.toString().padStart(scale + 1, '0');
  if (scale === 0) return digits;
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
}

function divideHalfEven(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const twice = (value % divisor) * 2n;
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** Any number of units, with the unfriendly ones often: zero, one, the largest, halves, powers of ten. */
const anyUnits = fc.oneof(
  fc.constantFrom(0n, 1n, MAX_UNITS, MAX_UNITS - 1n, UNIT / 2n, UNIT, 5n * 10n ** 15n),
  fc.bigInt({ min: 0n, max: MAX_UNITS }),
  fc.bigInt({ min: 0n, max: 10n ** 12n }),
  fc.integer({ min: 0, max: 37 }).map((power) => 10n ** BigInt(power)),
);
const anyScale = fc.oneof(fc.constantFrom(0, 18, 2), fc.integer({ min: 0, max: 18 }));
const anyDecimal = anyUnits.map((value) => textOf(value, 18));

describe('money', () => {
  it('multiplies and rounds as integers do', () => {
    fc.assert(
      fc.property(anyDecimal, anyDecimal, anyScale, (price, quantity, scale) => {
        const exact = units(price) * units(quantity);
        const expected = textOf(divideHalfEven(exact, 10n ** (36n - BigInt(scale))), scale);
        expect(decimalText(grossAmount(decimalOf(price), decimalOf(quantity), scale))).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it('breaks every tie to the even neighbour', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.integer({ min: 0, max: 16 }), (whole, scale) => {
        // (2n + 1) x 0.5 of the last place: exactly between n and n + 1.
        const price = textOf(2n * whole + 1n, 0);
        const quantity = textOf(5n, scale + 1);
        const expected = textOf(whole % 2n === 0n ? whole : whole + 1n, scale);
        expect(decimalText(grossAmount(decimalOf(price), decimalOf(quantity), scale))).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it('has one text for each value, and reads it back', () => {
    fc.assert(
      fc.property(anyUnits, anyScale, fc.nat({ max: 18 }), (value, scale, zeros) => {
        const text = textOf(value % 10n ** BigInt(20 + scale), scale);
        const padded = text.includes('.') || zeros === 0 ? text : `${text}.${'0'.repeat(zeros)}`;
        expect(canonicalDecimal(padded)).toBe(text);
        expect(formatAmount(text).replaceAll(',', '')).toBe(text);
      }),
    );
  });

  it('never takes a text that decimal.js alone would stretch to a number', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789.+-eE_ ,xNaIn\n'.split('')), maxLength: 45 }),
        (text) => {
          const parsed = parseDecimal(text);
          if (parsed === null) return;
          expect(parsed.isFinite() && !parsed.isNegative() && parsed.lessThan('1e20')).toBe(true);
          expect(parsed.decimalPlaces()).toBeLessThanOrEqual(18);
          expect(units(text)).toBe(BigInt(parsed.times('1e18').toFixed()));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('adds without loss in any order', () => {
    fc.assert(
      fc.property(fc.array(anyDecimal, { maxLength: 50 }), (texts) => {
        const expected = textOf(
          texts.reduce((sum, text) => sum + units(text), 0n),
          18,
        );
        expect(sumAmounts(texts)).toBe(expected);
        expect(sumAmounts([...texts].reverse())).toBe(expected);
      }),
    );
  });
});

describe('the postings of swaps', () => {
  const terms = fc
    .record({
      price: anyDecimal,
      quantity: anyDecimal,
      scale: anyScale,
      buyerShare: fc.nat({ max: 1000 }),
      sellerShare: fc.nat({ max: 1000 }),
    })
    .map(({ price, quantity, scale, buyerShare, sellerShare }) => {
      const amount = grossAmount(decimalOf(price), decimalOf(quantity), scale);
      const share = (part: number): string =>
        decimalText(amount.times(part).dividedBy(1000).toDecimalPlaces(scale, Decimal.ROUND_DOWN));
      return {
        quantity,
        amount: decimalText(amount),
        buyer_commission: share(buyerShare),
        seller_commission: share(sellerShare),
      };
    });

  it('sum to zero in each asset, for one swap', () => {
    fc.assert(
      fc.property(terms, (amounts) => {
        const postings = swapPostings({ seller: 'S', buyer: 'B', base: 'BTC', quote: 'USDC', ...amounts }, 'FEES');
        expect([...sumsByAsset(postings)]).toEqual([
          ['BTC', '0'],
          ['USDC', '0'],
        ]);
        expect(postings.filter(({ amount }) => amount.startsWith('-')).length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 1000 },
    );
  });

  it('sum to zero in each asset, for a hundred thousand legs', () => {
    const postings: Posting[] = [];
    for (const amounts of fc.sample(terms, { numRuns: 20_000, seed: 7 })) {
      postings.push(...swapPostings({ seller: 'S', buyer: 'B', base: 'BTC', quote: 'USDC', ...amounts }, 'FEES'));
    }
    expect(postings.length).toBeGreaterThan(80_000);
    expect([...sumsByAsset(postings)]).toEqual([
      ['BTC', '0'],
      ['USDC', '0'],
    ]);
  });
});
