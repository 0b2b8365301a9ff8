import { types } from 'pg';

type Parse = (text: string) => unknown;

const TIMESTAMPTZ = /^(\d{4,})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;

/** PostgreSQL's text of a timestamptz, in any session time zone, as RFC 3339 in UTC; its microseconds are kept. */
function timestampToRfc3339(text: string): string {
  const match = TIMESTAMPTZ.exec(text);
  if (match === null) return text; // infinity, or before the year 1: no RFC 3339 text exists
  const [, year, month, day, hour, minute, second, fraction = '', sign, ...zone] = match;
  const [zoneHours = 0, zoneMinutes = 0, zoneSeconds = 0] = zone.map((part: string | undefined) => Number(part ?? 0));
  const offset = (sign === '-' ? -1 : 1) * (zoneHours * 3600 + zoneMinutes * 60 + zoneSeconds) * 1000;
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return new Date(local - offset).toISOString().replace('.000Z', `${fraction}Z`);
}

/** pg's own, for any OID: its types list only those that it names. */
const pgParser = types.getTypeParser as (oid: number) => Parse;
const TEXT_ARRAY = 1009;
const asText: Parse = (text) => text;
const textArray = pgParser(TEXT_ARRAY);

function arrayOf(parse: (text: string) => string): Parse {
  return (text) => (textArray(text) as (string | null)[]).map((item) => (item === null ? null : parse(item)));
}

/**
 * By type OID. pg's own parsers would make floats of numeric arrays and Dates (milliseconds, local days) of times;
 * slonik's would make numbers of numeric. Money, counters, days and times stay text.
 */
const PARSERS = new Map<number, Parse>([
  [20, asText], // int8
  [1016, arrayOf(String)], // int8[]
  [1700, asText], // numeric, and every domain over it
  [1231, arrayOf(String)], // numeric[]
  [1082, asText], // date: YYYY-MM-DD
  [1182, arrayOf(String)], // date[]
  [1114, asText], // timestamp: has no zone, so nothing can be said about it
  [1115, arrayOf(String)], // timestamp[]
  [1184, timestampToRfc3339], // timestamptz
  [1185, arrayOf(timestampToRfc3339)], // timestamptz[]
  [1186, asText], // interval
]);

/** In the form that pg's `types` option wants. */
export const typeParsers = {
  getTypeParser: (oid: number): Parse => PARSERS.get(oid) ?? pgParser(oid),
};
