import { DayTally } from '../../src/day/report';
import type { Acceptance } from '../../src/day/run-day';
import { lineView } from '../../src/day/progress';
import { tableOf, textReport, workflowLink } from '../../src/day/text-report';
import type { OutcomeRow } from '../../src/postgres/queries/day';

const START = '2026-03-01T10:00:00.000Z';
const at = (seconds: number) => new Date(Date.parse(START) + seconds * 1000).toISOString();

function row(id: string, changes: Partial<OutcomeRow> = {}): OutcomeRow {
  return {
    id,
    trade_id: `trade-${id}`,
    status: 'settled',
    failure_code: null,
    failure_reason: null,
    base_asset: 'BTC',
    quote_asset: 'USDC',
    quantity: '0.00000001',
    amount: '90071992547409.93',
    buyer_commission: '0.01',
    seller_commission: '0.02',
    buyer_account_id: 'b',
    seller_account_id: 's',
    buyer_account_number: 'ACC-B',
    seller_account_number: 'ACC-S',
    created_at: at(0),
    settled_at: at(2),
    parked_since: null,
    closed_at: at(2),
    ...changes,
  };
}

const parked = (id: string) =>
  row(id, {
    status: 'failed',
    failure_code: 'INSUFFICIENT_CASH',
    failure_reason: 'Buyer ACC-B has 1 USDC free and needs 2: 1 short.',
    settled_at: null,
    closed_at: null,
    parked_since: at(4),
  });

function acceptance(ids: readonly string[], changes: Partial<Acceptance> = {}): Acceptance {
  return {
    lines: ids.length,
    settlementIds: ids,
    fresh: new Set(ids),
    duplicates: 0,
    rejections: [],
    started_at: START,
    ...changes,
  };
}

test('submitted = settled + failed + rejected, parked ones fail, rejections name line, code and field', () => {
  const tally = new DayTally(
    acceptance(['a', 'b', 'c'], {
      lines: 4,
      rejections: [
        { line: 3, trade_id: null, refusal: { code: 'MALFORMED_JSON', field: null, reason: 'not valid JSON' } },
      ],
    }),
  );
  tally.add([row('a'), row('b', { settled_at: at(1), closed_at: at(1) })]);
  tally.add([parked('c')]);
  const { summary } = tally.report();
  expect(summary).toEqual({
    submitted: 4,
    settled: 2,
    failed: 1,
    duplicates: 0,
    rejected: 1,
    seconds: 4,
    trades_per_second: 0.5,
    latency_ms: { p50: 1000, p99: 2000 },
    failures: [
      { trade_id: 'trade-c', code: 'INSUFFICIENT_CASH', reason: 'Buyer ACC-B has 1 USDC free and needs 2: 1 short.' },
    ],
    rejections: [{ line: 3, trade_id: null, code: 'MALFORMED_JSON', field: null, reason: 'not valid JSON' }],
  });
});

test('a day that was there before is all duplicates: no latency, no seconds', () => {
  const tally = new DayTally(acceptance(['a'], { fresh: new Set(), duplicates: 1, started_at: at(60) }));
  tally.add([row('a')]);
  expect(tally.report().summary).toMatchObject({
    submitted: 1,
    settled: 1,
    duplicates: 1,
    seconds: 0,
    trades_per_second: 0,
    latency_ms: null,
  });
});

test('the latency is that of this run’s trades only', () => {
  const tally = new DayTally(acceptance(['old', 'new'], { fresh: new Set(['new']), duplicates: 1 }));
  tally.add([row('old', { created_at: at(-1000), settled_at: at(1) }), row('new', { settled_at: at(3) })]);
  expect(tally.report().summary.latency_ms).toEqual({ p50: 3000, p99: 3000 });
});

test('percentiles are of the nearest rank', () => {
  const ids = Array.from({ length: 100 }, (_, index) => String(index + 1));
  const tally = new DayTally(acceptance(ids));
  tally.add(ids.map((id) => row(id, { settled_at: at(Number(id)) })));
  expect(tally.report().summary.latency_ms).toEqual({ p50: 50_000, p99: 99_000 });
});

test('a trade on two lines counts for each of them and is listed once', () => {
  const tally = new DayTally(acceptance(['a', 'a'], { fresh: new Set(['a']), duplicates: 1 }));
  tally.add([parked('a')]);
  const { summary } = tally.report();
  expect(summary).toMatchObject({ submitted: 2, failed: 2, duplicates: 1 });
  expect(summary.failures).toHaveLength(1);
});

test('what moved is added up exactly, beyond what a float holds', () => {
  const tally = new DayTally(acceptance(['a', 'b', 'c']));
  tally.add([row('a'), row('b'), row('c', { base_asset: 'USDC', quote_asset: 'EUR', quantity: '1', amount: '2' })]);
  expect(tally.report().moved).toEqual([
    { asset: 'BTC', securities: '0.00000002', cash: '0', fees: '0' },
    { asset: 'EUR', securities: '0', cash: '2', fees: '0.03' },
    { asset: 'USDC', securities: '1', cash: '180143985094819.86', fees: '0.06' },
  ]);
});

test('a settlement that still moves is no outcome of a day', () => {
  const tally = new DayTally(acceptance(['a']));
  tally.add([row('a', { status: 'initiated', settled_at: null, closed_at: null })]);
  expect(() => tally.report()).toThrow('trade trade-a is initiated');
});

test('the report tells what failed and why, where to look, and what to type next', () => {
  const tally = new DayTally(acceptance(['a', 'b']));
  const failed = parked('b');
  tally.add([row('a'), failed]);
  const text = textReport(
    tally.report(),
    { ok: false, checks: [{ name: '1-postings-sum-to-zero', ok: false, detail: '1 found.' }] },
    { row: failed, remedy: { kind: 'credit', account: 'ACC-B', asset: 'USDC', short: '1' } },
    { temporalUi: 'http://127.0.0.1:8233/', namespace: 'default', cli: 'npx cantondex' },
  );
  expect(text).toContain('1 of 2');
  expect(text).toContain('1 USDC free and needs 2: 1 short.');
  expect(text).toContain('http://127.0.0.1:8233/namespaces/default/workflows/settlement-trade-b');
  expect(text).toContain('npx cantondex accounts credit ACC-B USDC 1 --reason');
  expect(text).toContain('npx cantondex settlements retry trade-b --reason');
  expect(text).toMatch(/1-postings-sum-to-zero +BROKEN +1 found\./);
  expect(text).toContain('90,071,992,547,409.93');
});

test('a workflow id is escaped in its link', () => {
  const link = workflowLink('a:b', { temporalUi: 'http://ui', namespace: 'n/1' });
  expect(link).toBe('http://ui/namespaces/n%2F1/workflows/settlement-a%3Ab');
});

test('tables are aligned, without lines', () => {
  expect(
    tableOf(
      ['a', 'amount'],
      [
        ['x', '1'],
        ['yy', '1,000'],
      ],
      [1],
    ),
  ).toBe(['  a   amount', '  x        1', '  yy   1,000'].join('\n'));
});

test('without a terminal progress is a line now and then, and the last one always', () => {
  let now_ms = 0;
  const lines: string[] = [];
  const view = lineView(
    (line) => lines.push(line),
    () => now_ms,
  );
  view.show({ stage: 'settling', done: 1, total: 3 });
  now_ms = 100;
  view.show({ stage: 'settling', done: 2, total: 3 });
  now_ms = 200;
  view.show({ stage: 'settling', done: 3, total: 3 });
  view.show({ stage: 'settling', done: 3, total: 3 });
  expect(lines).toEqual(['Settling: 1 of 3', 'Settling: 3 of 3']);
});
