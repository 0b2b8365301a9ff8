import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAccounts, readInstruments, readTradeLines } from '../../src/day/read-day';
import { sampleDay, writeSampleDay } from '../../src/day/sample/sample-day';
import { checkTradeInContext } from '../../src/domain/trade';
import { modelDay } from '../support/day-model';

const day = sampleDay();

test('the sample day is the same each time', () => {
  expect(sampleDay()).toEqual(day);
});

test('its folder reads back as it was made', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sample-day-'));
  try {
    await writeSampleDay(dir);
    expect(await readInstruments(dir)).toEqual(day.instruments);
    expect(await readAccounts(dir)).toEqual(day.accounts);
    const lines = [];
    for await (const { result } of readTradeLines(dir)) lines.push(result);
    expect(lines).toEqual(day.trades.map((event) => ({ ok: true, event })));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('no trade of it is refused, and none lies in the future', () => {
  const instruments = new Map(day.instruments.map((instrument) => [instrument.symbol, instrument]));
  for (const trade of day.trades) {
    const check = checkTradeInContext(trade, instruments.get(trade.trading_pair), trade.trade_timestamp, {
      deadlineBusinessDays: 5,
    });
    expect(check).toMatchObject({ ok: true });
    expect(trade.trade_timestamp).toBeLessThan(Date.UTC(2025, 3, 1));
  }
  expect(new Set(day.trades.map(({ trade_id }) => trade_id)).size).toBe(day.trades.length);
});

test('its scales differ, and an asset is base here and quote there', () => {
  expect(new Set(day.instruments.map((i) => i.quantity_scale)).size).toBeGreaterThan(2);
  expect(new Set(day.instruments.map((i) => i.cash_scale)).size).toBeGreaterThan(2);
  const bases = new Set(day.instruments.map(({ base }) => base));
  expect(day.instruments.some(({ quote }) => bases.has(quote))).toBe(true);
});

test('a few of it fail, each for its own reason, and the rest settles', () => {
  const { failed } = modelDay(day);
  expect(Object.fromEntries(failed)).toEqual({
    'sample-0091': 'INSUFFICIENT_SECURITIES',
    'sample-0181': 'INSUFFICIENT_CASH',
    'sample-0241': 'INSUFFICIENT_CASH',
    'sample-0301': 'ACCOUNT_NOT_ACTIVE',
  });
});
