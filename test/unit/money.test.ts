import { Decimal as OthersDecimal } from 'decimal.js';
import {
  Decimal,
  canonicalDecimal,
  compareAmounts,
  decimalOf,
  decimalPlaces,
  decimalProblem,
  decimalText,
  fitsLedger,
  formatAmount,
  grossAmount,
  negateAmount,
  parseDecimal,
  roundHalfEven,
  sumAmounts,
} from '../../src/domain/money';

const LARGEST = '99999999999999999999.999999999999999999';
const SMALLEST = '0.000000000000000001';

describe('plain decimal strings', () => {
  it.each(['0', '0.0', '1', '1.50', '10', '64000.5', LARGEST, SMALLEST])('%s is one', (text) => {
    expect(parseDecimal(text)?.toFixed()).toBe(new Decimal(text).toFixed());
    expect(decimalProblem(text)).toBeNull();
  });

  it.each([
    ['', 'INVALID_DECIMAL', 'empty'],
    [' 1', 'INVALID_DECIMAL', 'spaces'],
    ['1\n', 'INVALID_DECIMAL', 'spaces'],
    ['1\u00a0000', 'INVALID_DECIMAL', 'spaces'],
    ['-1', 'INVALID_DECIMAL', 'sign'],
    ['+1', 'INVALID_DECIMAL', 'sign'],
    ['-0', 'INVALID_DECIMAL', 'sign'],
    ['1e5', 'INVALID_DECIMAL', 'exponent'],
    ['1.5E-7', 'INVALID_DECIMAL', 'exponent'],
    ['NaN', 'INVALID_DECIMAL', 'characters'],
    ['Infinity', 'INVALID_DECIMAL', 'characters'],
    ['0x10', 'INVALID_DECIMAL', 'characters'],
    ['1,000', 'INVALID_DECIMAL', 'characters'],
    ['1_000', 'INVALID_DECIMAL', 'characters'],
    ['\u0661', 'INVALID_DECIMAL', 'characters'],
    ['.5', 'INVALID_DECIMAL', 'both sides'],
    ['5.', 'INVALID_DECIMAL', 'both sides'],
    ['.', 'INVALID_DECIMAL', 'both sides'],
    ['1.2.3', 'INVALID_DECIMAL', 'both sides'],
    ['01', 'INVALID_DECIMAL', 'leading zero'],
    ['00.5', 'INVALID_DECIMAL', 'leading zero'],
    ['1.0000000000000000000', 'TOO_MANY_DECIMALS', '18'],
    ['100000000000000000000', 'OUT_OF_RANGE', '1e20'],
    [`1${LARGEST}`, 'OUT_OF_RANGE', '1e20'],
  ])('%j is none: %s', (text, code, words) => {
    expect(parseDecimal(text)).toBeNull();
    expect(decimalProblem(text)?.code).toBe(code);
    expect(decimalProblem(text)?.problem).toContain(words);
    expect(() => decimalOf(text)).toThrow(RangeError);
  });

  it('have one text each', () => {
    expect(canonicalDecimal('1.50')).toBe('1.5');
    expect(canonicalDecimal('100.00')).toBe('100');
    expect(canonicalDecimal('0.0')).toBe('0');
    expect(canonicalDecimal(SMALLEST)).toBe(SMALLEST);
    expect(canonicalDecimal(LARGEST)).toBe(LARGEST);
    expect(decimalText(new Decimal('-0'))).toBe('0');
  });

  it('need the decimals of their value, not of their text', () => {
    expect(decimalPlaces('1.50')).toBe(1);
    expect(decimalPlaces('100')).toBe(0);
    expect(decimalPlaces(SMALLEST)).toBe(18);
  });
});

describe('rounding', () => {
  it.each([
    ['0.125', 2, '0.12'],
    ['0.135', 2, '0.14'],
    ['0.1250000000000000000000000001', 2, '0.13'],
    ['2.5', 0, '2'],
    ['3.5', 0, '4'],
    ['0.5', 0, '0'],
    ['-0.125', 2, '-0.12'],
  ])('%s at %i decimals is %s', (text, scale, rounded) => {
    expect(decimalText(roundHalfEven(new Decimal(text), scale))).toBe(rounded);
  });

  it('happens once, on the exact product', () => {
    expect(decimalText(grossAmount(decimalOf('0.05'), decimalOf('2.5'), 2))).toBe('0.12');
    expect(decimalText(grossAmount(decimalOf('64000.01'), decimalOf('1.25'), 6))).toBe('80000.0125');
    expect(decimalText(grossAmount(decimalOf(LARGEST), decimalOf(SMALLEST), 18))).toBe('100');
    expect(decimalText(grossAmount(decimalOf(SMALLEST), decimalOf(SMALLEST), 18))).toBe('0');
  });

  it('does not change with the settings of another user of decimal.js', () => {
    OthersDecimal.set({ precision: 3, rounding: OthersDecimal.ROUND_UP });
    expect(decimalText(grossAmount(decimalOf('12345.67'), decimalOf('1.5'), 2))).toBe('18518.5');
    OthersDecimal.set({ defaults: true });
  });
});

describe('helpers', () => {
  it('add, negate and compare exactly', () => {
    expect(sumAmounts(['0.1', '0.2'])).toBe('0.3');
    expect(sumAmounts([])).toBe('0');
    expect(sumAmounts(['5', '-5.0'])).toBe('0');
    expect(sumAmounts([LARGEST, SMALLEST])).toBe('100000000000000000000');
    expect(negateAmount('0')).toBe('0');
    expect(negateAmount('1.50')).toBe('-1.5');
    expect(compareAmounts('10', '9')).toBe(1);
    expect(compareAmounts('1.50', '1.5')).toBe(0);
    expect(compareAmounts('-1', '0')).toBe(-1);
  });

  it('know what the ledger can hold', () => {
    expect(fitsLedger(new Decimal(LARGEST))).toBe(true);
    expect(fitsLedger(new Decimal(`-${LARGEST}`))).toBe(true);
    expect(fitsLedger(new Decimal('1e20'))).toBe(false);
    expect(fitsLedger(new Decimal('1e-19'))).toBe(false);
  });

  it('print for people', () => {
    expect(formatAmount('79400.50', 'USDC')).toBe('79,400.5 USDC');
    expect(formatAmount('1234567.1234567')).toBe('1,234,567.1234567');
    expect(formatAmount('-999')).toBe('-999');
    expect(formatAmount('-1000')).toBe('-1,000');
    expect(formatAmount('0.00')).toBe('0');
  });
});
