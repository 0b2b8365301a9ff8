import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DayFolderError, readAccounts, readInstruments, readTradeLines, type TradeLine } from '../../src/day/read-day';
import { tradeEvent } from './fixtures';

const INSTRUMENT = { symbol: 'BTC-USDC', base: 'BTC', quote: 'USDC', quantity_scale: 8, price_scale: 2, cash_scale: 6 };
const ACCOUNT = {
  account_id: 'CCCCCCCC-0000-4000-8000-CCCCCCCCCCCC',
  account_number: 'ACC-00001',
  balances: { BTC: '1.50', USDC: '0' },
};
const OTHER = { ...ACCOUNT, account_id: 'dddddddd-0000-4000-8000-cccccccccccc', account_number: 'ACC-00002' };

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cantondex day '));
});
afterEach(() => rm(dir, { recursive: true }));

const put = (file: string, content: unknown): Promise<void> =>
  writeFile(
    join(dir, file),
    typeof content === 'string' || content instanceof Buffer ? content : JSON.stringify(content),
  );

async function problemOf(read: (dir: string) => Promise<unknown>): Promise<string> {
  const error: unknown = await read(dir).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(DayFolderError);
  return (error as Error).message.replace(dir, 'DIR');
}

describe('instruments.json', () => {
  it('gives instruments, active unless it says otherwise', async () => {
    await put('instruments.json', [INSTRUMENT, { ...INSTRUMENT, symbol: 'ETH-USDC', base: 'ETH', status: 'halted' }]);
    expect(await readInstruments(dir)).toMatchObject([
      { ...INSTRUMENT, status: 'active' },
      { symbol: 'ETH-USDC', status: 'halted' },
    ]);
  });

  it.each<[string, unknown]>([
    ['entry 2: symbol "BTC-USDC" is that of entry 1 too', [INSTRUMENT, INSTRUMENT]],
    ['entry 1: symbol "BTCUSDC" is not the pair', [{ ...INSTRUMENT, symbol: 'BTCUSDC' }]],
    ['entry 1: cash_scale 19 is no scale', [{ ...INSTRUMENT, cash_scale: 19 }]],
    ['entry 1: cash_scale is "2"; expected a whole number', [{ ...INSTRUMENT, cash_scale: '2' }]],
    ['entry 1: quote is missing', [{ ...INSTRUMENT, quote: undefined }]],
    ['entry 1: there is no field scale', [{ ...INSTRUMENT, scale: 2 }]],
    ['entry 1: status is "open"; expected "active" or "halted"', [{ ...INSTRUMENT, status: 'open' }]],
    ['expected an array', { ...INSTRUMENT }],
    ['not valid JSON', '[{]'],
  ])('is wrong: %s', async (words, content) => {
    await put('instruments.json', content);
    const problem = await problemOf(readInstruments);
    expect(problem).toMatch(/^DIR\/instruments\.json/);
    expect(problem).toContain(words);
  });
});

describe('accounts.json', () => {
  it('gives accounts with lower-case ids', async () => {
    await put('accounts.json', [ACCOUNT, { ...OTHER, status: 'inactive', balances: {} }]);
    expect(await readAccounts(dir)).toEqual([
      { ...ACCOUNT, account_id: ACCOUNT.account_id.toLowerCase(), status: 'active' },
      { ...OTHER, status: 'inactive', balances: {} },
    ]);
  });

  it.each<[string, unknown]>([
    ['entry 2: account_id', [ACCOUNT, { ...OTHER, account_id: ACCOUNT.account_id.toLowerCase() }]],
    [
      'entry 2: account_number "ACC-00001" is that of entry 1 too',
      [ACCOUNT, { ...OTHER, account_number: 'ACC-00001' }],
    ],
    [
      'entry 1: account_number is "ACC-000000000000000001"; expected 1 to 20',
      [{ ...ACCOUNT, account_number: 'ACC-000000000000000001' }],
    ],
    ['entry 2: balances.BTC is the JSON number 1', [OTHER, { ...ACCOUNT, balances: { BTC: 1 } }]],
    ['entry 1: balances.BTC "-1" has a sign', [{ ...ACCOUNT, balances: { BTC: '-1' } }]],
    ['entry 1: balances.btc', [{ ...ACCOUNT, balances: { btc: '1' } }]],
    ['entry 1: status is "suspended"', [{ ...ACCOUNT, status: 'suspended' }]],
    ['the key "BTC" is there twice', `[${JSON.stringify(ACCOUNT).replace('"BTC"', '"BTC":"1","BTC"')}]`],
    ['not UTF-8', Buffer.from([0xff, 0xfe])],
  ])('is wrong: %s', async (words, content) => {
    await put('accounts.json', content);
    const problem = await problemOf(readAccounts);
    expect(problem).toMatch(/^DIR\/accounts\.json/);
    expect(problem).toContain(words);
  });

  it('is read quickly with tens of thousands of accounts', async () => {
    const many = Array.from({ length: 30_000 }, (_, index) => ({
      ...ACCOUNT,
      account_id: `cccccccc-0000-4000-8000-${String(index).padStart(12, '0')}`,
      account_number: `ACC-${index}`,
    }));
    await put('accounts.json', many);
    const started = performance.now();
    expect(await readAccounts(dir)).toHaveLength(30_000);
    expect(performance.now() - started).toBeLessThan(8000);
  });
});

describe('trades.jsonl', () => {
  async function read(): Promise<TradeLine[]> {
    const lines: TradeLine[] = [];
    for await (const line of readTradeLines(dir)) lines.push(line);
    return lines;
  }

  it('gives the events in their order; a bad line is refused and the rest is read', async () => {
    const good = JSON.stringify(tradeEvent());
    await put(
      'trades.jsonl',
      [good, '{', '', 'x'.repeat(70_000), JSON.stringify({ ...tradeEvent(), price: 1 }), good].join('\n'),
    );
    expect(await read()).toMatchObject([
      { line: 1, result: { ok: true, event: { trade_id: 'trade-1' } } },
      { line: 2, result: { ok: false, refusal: { code: 'MALFORMED_JSON' }, trade_id: null } },
      { line: 4, result: { ok: false, refusal: { code: 'TOO_LARGE' }, trade_id: null } },
      { line: 5, result: { ok: false, refusal: { code: 'WRONG_TYPE', field: 'price' }, trade_id: 'trade-1' } },
      { line: 6, result: { ok: true } },
    ]);
  });

  it('may be left early', async () => {
    await put('trades.jsonl', `${JSON.stringify(tradeEvent())}\n`.repeat(2000));
    for await (const { line } of readTradeLines(dir)) if (line === 2) break;
  });

  it('that is missing is named', async () => {
    expect(await problemOf(async (day) => readTradeLines(day).next())).toBe(
      'DIR/trades.jsonl: there is no such file; a day is a folder with instruments.json, accounts.json and trades.jsonl',
    );
  });
});
