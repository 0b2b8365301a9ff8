import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTradeFile, readTradeFile } from '../../src/day/read-day';
import { openReportFolder } from '../../src/day/write-report';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'report-folder-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a report folder is made with those above it, and the summary of an earlier run goes', async () => {
  const dir = join(folder, 'a', 'b');
  await openReportFolder(dir);
  writeFileSync(join(dir, 'summary.json'), '{}');
  await openReportFolder(dir);
  expect(existsSync(dir) && !existsSync(join(dir, 'summary.json'))).toBe(true);
});

test.each(['/proc/x', '/proc', 'FILE', 'FILE/below'])(
  '%s as report folder is refused with a sentence',
  async (name) => {
    writeFileSync(join(folder, 'FILE'), '');
    const dir = name.replace('FILE', join(folder, 'FILE'));
    await expect(openReportFolder(dir)).rejects.toThrow(`The report folder ${dir} cannot be used: `);
  },
);

test('a folder instead of a file of trades, and a day without trades, are said early', async () => {
  await expect(readTradeFile(folder).next()).rejects.toThrow(`${folder}: is a folder; expected a file`);
  await expect(readTradeFile(join(folder, 'nope')).next()).rejects.toThrow('there is no such file; expected a file');
  await expect(checkTradeFile(folder)).rejects.toThrow('trades.jsonl: there is no such file; a day is a folder');
});
