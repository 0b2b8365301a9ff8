import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/embedded/processes';

/** Stands in for npm: writes down what it is asked, takes its time, leaves what npm ci and the build leave. */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('asked.txt', process.argv[2] + '\\n');
console.log('npm talks');
setTimeout(() => {
  if (fs.existsSync('broken')) process.exit(7);
  if (process.argv[2] === 'ci') {
    fs.mkdirSync('node_modules', { recursive: true });
    fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
  } else fs.mkdirSync('dist', { recursive: true });
}, 500);
`;
const PREPARE = join(__dirname, '../../src/embedded/prepare.cjs');

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'cantondex-prepare it '));
  mkdirSync(join(clone, 'src'));
  for (const name of ['package.json', 'package-lock.json', 'src/main.ts']) writeFileSync(join(clone, name), '{}');
  writeFileSync(join(clone, 'npm-cli.js'), NPM);
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

const asked = (): string[] =>
  existsSync(join(clone, 'asked.txt')) ? readFileSync(join(clone, 'asked.txt'), 'utf8').trim().split('\n') : [];

function lockfile(packages: object): void {
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }));
}

function prepare(): ChildProcess {
  const code = `require(${JSON.stringify(PREPARE)}).prepare(process.cwd())
    .then(() => console.log('ready'), (error) => { console.error(error.message); process.exitCode = 1; })`;
  const env = { ...process.env, npm_execpath: join(clone, 'npm-cli.js') };
  return spawn(process.execPath, ['-e', code], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function outcome(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const seen = { code: null as number | null, stdout: '', stderr: '' };
  child.stdout?.on('data', (text: Buffer) => (seen.stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (seen.stderr += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { ...seen, code };
}

describe('a clone is brought into working order', () => {
  test('installed and built once; built again after a change, installed again after a new lockfile', async () => {
    const first = await outcome(prepare());
    expect(first).toMatchObject({ code: 0, stdout: 'ready\n' });
    expect(first.stderr).toBe('Installing the packages (npm ci), a minute or so ...\nBuilding ...\n');
    expect(await outcome(prepare())).toMatchObject({ code: 0, stderr: '' });
    expect(asked()).toEqual(['ci', 'run']);
    writeFileSync(join(clone, 'src/main.ts'), 'changed');
    await outcome(prepare());
    expect(asked()).toEqual(['ci', 'run', 'run']);
    lockfile({ 'node_modules/a': { version: '2.0.0' } });
    await outcome(prepare());
    expect(asked()).toEqual(['ci', 'run', 'run', 'ci', 'run']);
  });

  test('what is installed stays when the lockfile asks for less, or for what this platform has not', async () => {
    lockfile({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } });
    await outcome(prepare());
    lockfile({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/c': { version: '1.0.0', optional: true } });
    await outcome(prepare());
    expect(asked()).toEqual(['ci', 'run', 'run']);
  });

  test('by one of two that start at once, while the other waits', async () => {
    const both = await Promise.all([outcome(prepare()), outcome(prepare())]);
    expect(both).toMatchObject([{ code: 0 }, { code: 0 }]);
    expect(asked()).toEqual(['ci', 'run']);
    expect(both.map(({ stderr }) => stderr).join('')).toMatch(/Waiting for process \d+, which installs or builds/);
  });

  test('after a kill -9: the next waits for the npm that goes on, then builds', async () => {
    const first = prepare();
    await until(() => asked().length === 1, 10_000);
    first.kill('SIGKILL');
    expect(await outcome(prepare())).toMatchObject({ code: 0, stdout: 'ready\n' });
    expect(asked()).toEqual(['ci', 'run']);
  });

  test('an npm that fails ends it with a sentence, and the next try starts afresh', async () => {
    writeFileSync(join(clone, 'broken'), '');
    const failed = await outcome(prepare());
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/npm talks\n"npm ci .*" ended with code 7; its messages are above/);
    rmSync(join(clone, 'broken'));
    expect(await outcome(prepare())).toMatchObject({ code: 0, stdout: 'ready\n' });
  });
});
