import {
  addBusinessDays,
  businessDayOf,
  deadlineAt,
  endOfDate,
  isDate,
  isDue,
  startOfDate,
} from '../../src/domain/calendar';

describe('the calendar of the default venue', () => {
  it.each(['2024-02-29', '2000-02-29', '2026-12-31', '2100-01-01'])('has %s', (date) => {
    expect(isDate(date)).toBe(true);
  });

  it.each([
    '2025-02-29',
    '2100-02-29',
    '2026-02-30',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '26-01-01',
    '2026-1-1',
    '2026-01-01T00:00',
    '',
    '+002026-01-01',
  ])('does not have %j', (date) => {
    expect(isDate(date)).toBe(false);
    expect(() => startOfDate(date)).toThrow(RangeError);
  });

  it('cuts off at 24:00 UTC', () => {
    const midnight = Date.UTC(2026, 2, 3);
    expect(businessDayOf(midnight - 1)).toBe('2026-03-02');
    expect(businessDayOf(midnight)).toBe('2026-03-03');
    expect(endOfDate('2026-03-02')).toBe(midnight);
    expect(isDue('2026-03-03', midnight - 1)).toBe(false);
    expect(isDue('2026-03-03', midnight)).toBe(true);
  });

  it('trades all seven days, across months, leap days and years', () => {
    expect(addBusinessDays('2026-03-02', 0)).toBe('2026-03-02');
    expect(addBusinessDays('2026-03-06', 1)).toBe('2026-03-07');
    expect(addBusinessDays('2024-02-28', 2)).toBe('2024-03-01');
    expect(addBusinessDays('2026-12-30', 5)).toBe('2027-01-04');
  });

  it('gives a failed settlement up at 24:00 UTC of the n-th business day after its date', () => {
    expect(new Date(deadlineAt('2026-03-02', 5)).toISOString()).toBe('2026-03-08T00:00:00.000Z');
    expect(new Date(deadlineAt('2026-03-02', 0)).toISOString()).toBe('2026-03-03T00:00:00.000Z');
  });
});
