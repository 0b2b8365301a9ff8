/**
 * Business days of the default venue: all seven days of the week, cut-off 24:00 UTC. Dates are 'YYYY-MM-DD', instants
 * are milliseconds since 1970 in UTC; nothing here asks a clock, so it runs in a workflow and replays.
 */

const DAY_MS = 86_400_000;
const DATE_PATTERN = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The earliest and the latest day that the engine deals with; outside of them a date is a mistake, not a plan. */
export const FIRST_DATE = '2000-01-01';
export const LAST_DATE = '2100-12-31';

/** 00:00 UTC of a date, in milliseconds. Throws RangeError if the calendar has no such date. */
export function startOfDate(date: string): number {
  const start = utcMidnight(date);
  if (start === null) throw new RangeError(`not a date: ${date.slice(0, 20)}`);
  return start;
}

/** Whether the text is 'YYYY-MM-DD' and the calendar has that day: '2025-02-29' is none. */
export function isDate(text: string): boolean {
  return utcMidnight(text) !== null;
}

function utcMidnight(text: string): number | null {
  if (!DATE_PATTERN.test(text)) return null;
  const start = Date.parse(`${text}T00:00:00.000Z`);
  // Date.parse rolls 02-30 over into March: only a date that reads back as itself exists.
  return !Number.isNaN(start) && isoDate(start) === text ? start : null;
}

function isoDate(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

/** The business day of an instant: the UTC date, since the venue never closes and cuts off at 24:00 UTC. */
export function businessDayOf(instant: number): string {
  return isoDate(instant);
}

/** The n-th business day after a date; n = 0 is the date itself. */
export function addBusinessDays(date: string, days: number): string {
  return isoDate(startOfDate(date) + days * DAY_MS);
}

/** The instant of 24:00 UTC of a date, in milliseconds. */
export function endOfDate(date: string): number {
  return startOfDate(date) + DAY_MS;
}

/**
 * When a failed settlement is given up (design rule "Deadline"): 24:00 UTC of the n-th business day after its
 * settlement date. In milliseconds.
 */
export function deadlineAt(settlementDate: string, businessDays: number): number {
  return endOfDate(addBusinessDays(settlementDate, businessDays));
}

/** Whether a settlement date has come: its day has begun, UTC. */
export function isDue(settlementDate: string, asOf: number): boolean {
  return startOfDate(settlementDate) <= asOf;
}
