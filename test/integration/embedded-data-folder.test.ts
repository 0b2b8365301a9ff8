import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolderInUseError, isDataFolderInUse, openDataFolder } from '../../src/embedded/data-folder';
import { processLock } from '../../src/embedded/locks';
import { readStackFile, removeStackFile, writeStackFile } from '../../src/embedded/stack-file';

const top = mkdtempSync(join(tmpdir(), 'cantondex-embedded-'));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(top, 'data folder '));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

const holder = (content: object): void => writeFileSync(join(folder, 'lock'), JSON.stringify(content));

describe('the data folder', () => {
  test('is made readable for others when it was named, so that the database user reaches it', () => {
    const made = openDataFolder(join(folder, 'new', 'deeper'));
    expect(statSync(made.path).mode & 0o777).toBe(0o755);
    made.release();
  });

  test('is refused when its path would mean another file to SQLite', () => {
    expect(() => openDataFolder(join(folder, 'a#b'))).toThrow('has one of # ? % in its path: give another, --data DIR');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is refused when it is a file', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => openDataFolder(file)).toThrow(`${file} is a file: give a folder, --data DIR`);
    expect(readStackFile(file)).toBeUndefined();
  });

  test('is held by one process: the second hears by whom and since when', () => {
    const first = openDataFolder(folder);
    const message = new RegExp(`in use by process ${process.pid} since \\d{4}-.*--data DIR`);
    expect(() => openDataFolder(folder)).toThrow(message);
    expect(() => openDataFolder(folder)).toThrow(DataFolderInUseError);
    expect(isDataFolderInUse(first.path)).toBe(true);
    first.release();
    expect(isDataFolderInUse(first.path)).toBe(false);
    openDataFolder(folder).release();
  });

  test('is taken over from a process that is dead', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    holder({ pid, started: processLock.startedAt(pid), since: new Date().toISOString() });
    expect(() => openDataFolder(folder)).toThrow(`in use by process ${pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    openDataFolder(folder).release();
  });

  test('is taken over when the holder’s process id belongs to another process by now', () => {
    holder({ pid: process.pid, started: 'another life', since: new Date().toISOString() });
    openDataFolder(folder).release();
  });

  test('is taken over when the lock file is cut off', () => {
    writeFileSync(join(folder, 'lock'), '{"pid":');
    openDataFolder(folder).release();
  });

  test('goes to exactly one of many that find the same stale lock at once', async () => {
    holder({ pid: process.pid, started: 'another life', since: new Date().toISOString() });
    const code = `
      const { acquireLock } = require(${JSON.stringify(join(__dirname, '../../src/embedded/process-lock.cjs'))});
      process.stdin.once('data', () => {
        try { acquireLock(process.argv[1]); console.log('mine'); } catch { console.log('not mine'); }
      });
      process.stdin.once('end', () => process.exit());
      console.log('here');`;
    const children = Array.from({ length: 8 }, () => spawn(process.execPath, ['-e', code, join(folder, 'lock')]));
    const next = async (child: (typeof children)[number]) => ((await once(child.stdout, 'data')) as [Buffer])[0];
    await Promise.all(children.map(next));
    const answers = Promise.all(children.map(next));
    for (const child of children) child.stdin.write('go');
    const said = (await answers).map((one) => String(one).trim());
    for (const child of children) child.stdin.end();
    expect(said.filter((one) => one === 'mine')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

describe('stack.json', () => {
  const content = {
    database_url: 'postgres://cantondex_user:secret@127.0.0.1:5432/cantondex',
    temporal_address: '127.0.0.1:7233',
    temporal_namespace: 'default',
    temporal_ui: 'http://127.0.0.1:8233',
    api_url: null,
  };

  test('is readable by its owner only, and is gone when it is removed', () => {
    writeStackFile(folder, content);
    expect(statSync(join(folder, 'stack.json')).mode & 0o777).toBe(0o600);
    expect(readStackFile(folder)).toEqual(content);
    writeStackFile(folder, { ...content, api_url: 'http://127.0.0.1:8080' });
    expect(JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8'))).toMatchObject({
      api_url: 'http://127.0.0.1:8080',
    });
    expect(readdirSync(folder)).toEqual(['stack.json']);
    removeStackFile(folder);
    expect(readStackFile(folder)).toBeUndefined();
  });
});
