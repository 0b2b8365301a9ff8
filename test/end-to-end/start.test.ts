import { existsSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { processesNaming } from '../../src/embedded/processes';
import type { StackFile } from '../../src/embedded/stack-file';
import { badTrades } from '../support/bad-trades';
import { runCli, spawnTask, type CommandResult, type RunningCommand } from '../support/command-line';
import { modelDay, readDayFiles, units } from '../support/day-model';
import { endServersOf, makeTestFolder, removeTestFolder } from '../support/test-folder';
import { sampleDay } from '../../src/day/sample/sample-day';

/** `npm start` as its users meet it: the sample day, then a person at the command line, then Ctrl-C, then the same again. */
// The data folder is the test folder itself: by its lock another test run knows that it is not one that was left.
const data = makeTestFolder();
const report = mkdtempSync(join(tmpdir(), 'start report '));
const day = sampleDay();
let start: RunningCommand;

const cli = (...args: string[]): Promise<CommandResult> => runCli(['--data', data, ...args]);
const read = (file: string): unknown => JSON.parse(readFileSync(join(report, file), 'utf8'));
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + 240_000;
  while (!isSo()) {
    if (Date.now() > end || start.child.exitCode !== null) throw new Error(`${what}: never; ${start.written().stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

beforeAll(async () => {
  start = spawnTask('start', ['--data', data, '--report', report, '--json']);
  await until('the report', () => start.written().stderr.includes('Up until Ctrl-C'));
}, 300_000);

afterAll(async () => {
  if (start.child.exitCode === null) start.child.kill('SIGKILL');
  await endServersOf(data);
  removeTestFolder(data);
  removeTestFolder(report);
});

interface Summary {
  submitted: number;
  settled: number;
  failed: number;
  duplicates: number;
  rejected: number;
  latency_ms: unknown;
  failures: { trade_id: string; code: string }[];
}

test('the sample day ends as it was worked out by other means, to the last digit', () => {
  const { failed, closing } = modelDay(readDayFiles(join(data, 'sample-day')));
  const summary = read('summary.json') as Summary;
  expect(summary).toMatchObject({
    submitted: day.trades.length,
    settled: day.trades.length - failed.size,
    rejected: 0,
  });
  expect(new Map(summary.failures.map(({ trade_id, code }) => [trade_id, code]))).toEqual(failed);
  expect(JSON.parse(lastLine(start.written().stdout))).toEqual(summary);

  const lines = readFileSync(join(report, 'balances.jsonl'), 'utf8').trim().split('\n');
  const rows = lines.map(
    (line) => JSON.parse(line) as Record<'account_id' | 'asset' | 'available' | 'reserved', string>,
  );
  const closed = new Map(rows.map((row) => [`${row.account_id}/${row.asset}`, units(row.available)]));
  for (const [key, amount] of closing) expect([key, closed.get(key)]).toEqual([key, amount]);
  expect(rows.filter(({ reserved }) => reserved !== '0')).toEqual([]);
  expect(read('verify.json')).toMatchObject({ ok: true });
});

test('stack.json tells where everything is, to its owner alone', () => {
  const file = join(data, 'stack.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toEqual([
    'database_url',
    'temporal_address',
    'temporal_namespace',
    'temporal_ui',
    'api_url',
  ]);
});

test('a parked trade settles after its buyer is funded and ops retry it', async () => {
  const hint = /accounts credit (\S+) (\S+) (\S+) --reason/.exec(start.written().stderr);
  const [, account = '', asset = '', amount = ''] = hint ?? [];
  expect([account, asset]).toEqual(['ACC-00025', 'USDC']);

  const refused = await cli('accounts', 'debit', account, asset, '500.01', '--reason', 'too much');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('at most 500 USDC can be debited')]);

  for (const outcome of ['committed', 'known']) {
    const credit = await cli(
      'accounts',
      'credit',
      account,
      asset,
      amount,
      '--reason',
      'funded',
      '--key',
      'k-1',
      '--json',
    );
    expect([credit.stderr, JSON.parse(credit.stdout)]).toEqual(['', expect.objectContaining({ outcome })]);
  }
  const retried = await cli('settlements', 'retry', 'sample-0181', '--reason', 'funded now');
  expect([retried.code, retried.stderr]).toEqual([0, '']);

  let shown: { status?: string; retry_count?: number; events?: { actor: string; reason: string | null }[] } = {};
  for (const end = Date.now() + 20_000; shown.status !== 'settled' && Date.now() < end;) {
    shown = JSON.parse((await cli('settlements', 'show', 'sample-0181', '--json')).stdout) as typeof shown;
  }
  expect(shown).toMatchObject({ status: 'settled', phase: 'closed', final: true, retry_count: 4 });
  expect(shown.events).toContainEqual(
    expect.objectContaining({ actor: `cli:${userInfo().username}`, reason: 'funded now' }),
  );
}, 120_000);

test('every refusal is clear, names line, code and field, and writes nothing', async () => {
  const [good] = day.trades.filter(({ trading_pair }) => trading_pair === 'BTC-USDC');
  if (good === undefined) throw new Error('no such trade');
  const fresh = { ...good, trade_id: 'never-accepted' };
  const bad = [
    ...badTrades(fresh),
    {
      name: 'a known trade with another price',
      line: JSON.stringify({ ...good, price: '1' }),
      code: 'TRADE_CONFLICT',
      field: 'trade_id',
    },
  ];
  const before = await rowCounts();
  const file = bad.map(({ line }) => `${line}\n`).join('');
  const { code, stdout, stderr } = await runCli(['--data', data, 'trades', 'submit', '-', '--json'], file);
  const { rejections, ...counts } = JSON.parse(stdout) as {
    rejections: { line: number; code: string; field: string }[];
  };
  expect(stderr).toBe('');
  expect(code).toBe(1);
  expect(counts).toEqual({ submitted: bad.length, accepted: 0, duplicates: 0, rejected: bad.length });
  expect(
    rejections.map(({ line, code: refusal, field }) => ({ name: bad[line - 1]?.name, code: refusal, field })),
  ).toEqual(bad.map(({ name, code: refusal, field }) => ({ name, code: refusal, field })));
  expect(await rowCounts()).toEqual(before);
}, 60_000);

test('one bad line refuses that line and settles the rest', async () => {
  const trades = day.trades.slice(0, 2).map((trade, index) => ({ ...trade, trade_id: `again-${index}` }));
  const file = [JSON.stringify(trades[0]), '{bad', JSON.stringify(trades[1])].join('\n');
  const { code, stdout } = await runCli(['--data', data, 'trades', 'submit', '-', '--wait', '--json'], file);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ submitted: 3, settled: 2, failed: 0, rejected: 1, duplicates: 0 });
}, 60_000);

test.each([
  [['settlements', 'show', 'nothing'], 'There is no settlement or trade "nothing"'],
  [['settlements', 'retry', 'sample-0001', '--reason', 'x'], 'cannot be retried'],
  [['settlements', 'retry', 'sample-0091'], '--reason'],
  [['settlements', 'list', '--phase', 'lost'], 'Allowed choices are'],
  [['accounts', 'credit', 'ACC-00001', 'USDC', '1e3', '--reason', 'x'], 'has an exponent'],
  [['accounts', 'credit', 'ACC-00001', 'USDC', '99999999999999999999999', '--reason', 'x'], 'a number below 1e20'],
  [['accounts', 'credit', 'ACC-00001', 'USDC', '99999999999999999999', '--reason', 'x'], 'a balance stays below 1e20'],
  [['accounts', 'list', '--status', 'foo'], 'Allowed choices are active'],
  [['accounts', 'credit', 'ACC-00001', 'USDX', '1', '--reason', 'x'], 'No instrument has the asset USDX'],
  [['accounts', 'credit', 'SYS-FEES', 'USDC', '1', '--reason', 'x'], "not a customer's"],
  [['accounts', 'suspend', 'ACC-99999', '--reason', 'x'], 'There is no account "ACC-99999"'],
  [['balances', '--account', 'ACC-99999'], 'There is no account "ACC-99999"'],
  [['load', '/nonexistent'], 'there is no such file'],
  [['trades', 'submit', '/nonexistent'], 'there is no such file; expected a file with a trade event a line'],
  [['trades', 'submit', tmpdir()], 'is a folder'],
  [['trades', 'submit', '-', '--lane', 'net'], 'The lane net does not exist yet'],
  [['migrate', 'down'], 'There are trades in this database'],
  [['setupp'], 'Did you mean setup?'],
])('cantondex %j exits 1 and says what is wrong', async (args, sentence) => {
  const before = await rowCounts();
  const { code, stdout, stderr } = await cli(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(await rowCounts()).toEqual(before);
});

test('resume of one that is not paused says so, and is no error', async () => {
  const { code, stdout } = await cli('settlements', 'resume', 'sample-0091', '--reason', 'x');
  expect([code, stdout]).toEqual([0, expect.stringContaining('Trade sample-0091 was not paused')]);
});

test.each([
  [['accounts', 'list', '--json']],
  [['balances', '--json']],
  [['settlements', 'list', '--json', '--limit', '3']],
  [['verify', '--json']],
  [['config', '--json']],
  [['migrate', 'status', '--json']],
])('cantondex %j prints JSON and nothing else', async (args) => {
  const { code, stdout } = await cli(...args);
  expect(code).toBe(0);
  expect(() => JSON.parse(stdout) as unknown).not.toThrow();
});

test('a second start on the same data says who has it', async () => {
  const { code, stderr } = await spawnTask('start', ['--once', '--data', data]).ended;
  expect(code).toBe(1);
  expect(stderr).toContain(`is in use by process ${start.child.pid}`);
});

test('Ctrl-C stops everything; the same day again is all duplicates, and --once ends by itself', async () => {
  start.child.kill('SIGINT');
  expect((await start.ended).code).toBe(0);
  expect(existsSync(join(data, 'stack.json'))).toBe(false);
  expect(processesNaming(`${data}/`)).toEqual([]);
  expect((await cli('balances')).stderr).toContain('No servers run in');

  const again = await spawnTask('start', ['--once', '--data', data, '--json']).ended;
  expect(again.code).toBe(0);
  const n = day.trades.length;
  expect(JSON.parse(lastLine(again.stdout))).toMatchObject({
    submitted: n,
    duplicates: n,
    failed: 3,
    latency_ms: null,
  });
  expect(processesNaming(`${data}/`)).toEqual([]);
}, 180_000);

/** How many rows each table has, asked as the owner: the application may not read all of them. */
async function rowCounts(): Promise<Record<string, string>> {
  const { database_url } = JSON.parse(readFileSync(join(data, 'stack.json'), 'utf8')) as StackFile;
  const client = new Client({ connectionString: database_url });
  await client.connect();
  try {
    await client.query('set role cantondex_owner');
    const { rows: tables } = await client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
    );
    const counts: Record<string, string> = {};
    for (const { name } of tables) {
      const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${client.escapeIdentifier(name)}`);
      counts[name] = rows[0]?.n ?? '';
    }
    return counts;
  } finally {
    await client.end();
  }
}
