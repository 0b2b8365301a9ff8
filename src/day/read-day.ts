/**
 * Reads a day's folder: instruments.json, accounts.json and trades.jsonl. The first two must be right as a whole: an
 * error names the file, the entry and what was expected. A bad line of trades is refused by itself.
 */
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/v4';
import { INSTRUMENT_STATUSES, MAX_SYMBOL_LENGTH, instrumentProblem, type Instrument } from '../domain/instrument';
import { printable, type Refusal } from '../domain/refusal';
import { checkShape } from '../protocol/wire/check';
import { asset, decimalString, fieldRules, oneOf, uuid } from '../protocol/wire/fields';
import { EVENT_LIMITS, parseJson, type JsonLimits } from '../protocol/wire/json';
import { splitLines } from '../protocol/wire/lines';
import { parseTradeLine, type ParsedTrade } from '../protocol/wire/trade-event';

/** accounts.status of the seed schema. */
export const ACCOUNT_STATUSES = ['active', 'inactive', 'closed', 'margin_call'] as const;
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** An account as a day opens it. */
export interface DayAccount {
  /** A UUID in lower case. */
  readonly account_id: string;
  readonly account_number: string;
  readonly status: AccountStatus;
  /** Asset -> opening balance, a plain decimal string. */
  readonly balances: Readonly<Record<string, string>>;
}

/** A line of trades.jsonl, numbered from 1 as an editor numbers it. */
export interface TradeLine {
  readonly line: number;
  readonly result: ParsedTrade;
}

/** A day's folder that cannot be used; the message says which file, where, and what was expected. */
export class DayFolderError extends Error {
  override readonly name = 'DayFolderError';
}

const FILES = 'a day is a folder with instruments.json, accounts.json and trades.jsonl';
const TRADE_FILE = 'expected a file with a trade event a line, such as the trades.jsonl of a day';
const FILE_LIMITS: JsonLimits = { maxBytes: 256 * 1024 * 1024, maxDepth: EVENT_LIMITS.maxDepth };

const scale = z.int().register(fieldRules, { code: 'OUT_OF_RANGE', expected: 'a whole number from 0 to 18' });
const symbolText = z.string().register(fieldRules, {
  code: 'INVALID_ID',
  expected: `"<base>-<quote>", at most ${MAX_SYMBOL_LENGTH} characters`,
});
const accountNumber = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,18}[\x21-\x7e])?$/)
  .register(fieldRules, { code: 'INVALID_ID', expected: '1 to 20 printable ASCII characters' });

export const instrumentsSchema = z.array(
  z.strictObject({
    symbol: symbolText,
    base: asset,
    quote: asset,
    quantity_scale: scale,
    price_scale: scale,
    cash_scale: scale,
    status: oneOf(INSTRUMENT_STATUSES).optional(),
  }),
);

export const accountsSchema = z.array(
  z.strictObject({
    account_id: uuid,
    account_number: accountNumber,
    status: oneOf(ACCOUNT_STATUSES).optional(),
    balances: z.record(asset, decimalString),
  }),
);

/** The instruments of a day. Throws DayFolderError. */
export async function readInstruments(dir: string): Promise<Instrument[]> {
  const file = join(dir, 'instruments.json');
  const entries = await readChecked(file, instrumentsSchema);
  const instruments = entries.map((entry): Instrument => ({ ...entry, status: entry.status ?? 'active' }));
  for (const [index, instrument] of instruments.entries()) {
    const problem = instrumentProblem(instrument);
    if (problem !== null) throw new DayFolderError(`${file}, entry ${index + 1}: ${problem.field} ${problem.problem}`);
  }
  refuseTwice(
    file,
    'symbol',
    instruments.map(({ symbol }) => symbol),
  );
  return instruments;
}

/** The accounts of a day with their opening balances. Throws DayFolderError. */
export async function readAccounts(dir: string): Promise<DayAccount[]> {
  const file = join(dir, 'accounts.json');
  const entries = await readChecked(file, accountsSchema);
  const accounts = entries.map((entry): DayAccount => ({
    ...entry,
    account_id: entry.account_id.toLowerCase(),
    status: entry.status ?? 'active',
  }));
  refuseTwice(
    file,
    'account_id',
    accounts.map(({ account_id }) => account_id),
  );
  refuseTwice(
    file,
    'account_number',
    accounts.map(({ account_number }) => account_number),
  );
  return accounts;
}

/** The trades of a day in the order of acceptance, streamed. Throws DayFolderError if the file cannot be read. */
export async function* readTradeLines(dir: string): AsyncGenerator<TradeLine> {
  yield* readTradeFile(join(dir, 'trades.jsonl'), FILES);
}

/** Finds out early, before anything is started for it, that a day's trades cannot be read. Throws DayFolderError. */
export async function checkTradeFile(dir: string): Promise<void> {
  const handle = await openTradeFile(join(dir, 'trades.jsonl'), FILES);
  await handle.close();
}

/** The trade events of an NDJSON file; a bad line is refused and the next one is read. Throws DayFolderError. */
export async function* readTradeFile(file: string, expected = TRADE_FILE): AsyncGenerator<TradeLine> {
  const handle = await openTradeFile(file, expected);
  yield* readTradeStream(handle.createReadStream({ highWaterMark: 256 * 1024 }));
}

async function openTradeFile(file: string, expected: string): Promise<FileHandle> {
  const handle = await open(file).catch((error: unknown) => {
    throw unreadable(file, error, expected);
  });
  if (!(await handle.stat()).isDirectory()) return handle;
  await handle.close();
  throw new DayFolderError(`${file}: is a folder; ${expected}`);
}

/** The same of a stream of bytes: standard input, for one. */
export async function* readTradeStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TradeLine> {
  for await (const line of splitLines(chunks, EVENT_LIMITS.maxBytes)) {
    const result: ParsedTrade = line.ok
      ? parseTradeLine(line.text)
      : { ok: false, refusal: line.refusal, trade_id: null };
    yield { line: line.line, result };
  }
}

async function readChecked<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  const json = parseJson(decodeUtf8(file, bytes), FILE_LIMITS);
  if (!json.ok) throw new DayFolderError(`${file}: ${json.refusal.reason}`);
  const checked = checkShape(schema, json.value);
  if (!checked.ok) throw new DayFolderError(`${file}${place(checked.refusal)}`);
  return checked.value;
}

function decodeUtf8(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DayFolderError(`${file}: not UTF-8; expected UTF-8`);
  }
}

/** ', entry 3: balances.BTC ...' for a refusal of '[2].balances.BTC'. */
function place({ reason, field }: Refusal): string {
  const [prefix, index] = /^\[(\d+)\]\.?/.exec(field ?? '') ?? [];
  if (prefix === undefined) return `: ${reason}`;
  return `, entry ${Number(index) + 1}: ${reason.replace(prefix, '')}`;
}

function refuseTwice(file: string, field: string, values: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [index, value] of values.entries()) {
    const first = seen.get(value);
    if (first !== undefined) {
      const problem = `${field} ${printable(value)} is that of entry ${first + 1} too; expected each once`;
      throw new DayFolderError(`${file}, entry ${index + 1}: ${problem}`);
    }
    seen.set(value, index);
  }
}

function unreadable(file: string, error: unknown, expected = FILES): DayFolderError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
  const problem = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
  return new DayFolderError(`${file}: ${problem}; ${expected}`, { cause: error });
}
