import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { processesNaming } from '../../src/embedded/processes';
import { spawnTask, type RunningCommand } from '../support/command-line';
import { endServersOf, makeTestFolder, removeTestFolder } from '../support/test-folder';

/** Somebody kills a server of a running `npm start`, during the day or after it: it says so and ends, with nothing left. */
const data = makeTestFolder();
let start: RunningCommand;

afterAll(async () => {
  if (start.child.exitCode === null) start.child.kill('SIGKILL');
  await endServersOf(data);
  removeTestFolder(data);
});

const postmaster = (): number | undefined =>
  processesNaming(` -D ${join(data, 'postgres-15')}`).find(({ program }) => program.endsWith('/postgres'))?.pid;
const temporal = (): number | undefined => processesNaming(`--db-filename ${data}/`)[0]?.pid;

test.each([
  ['Temporal', temporal, () => existsSync(join(data, 'stack.json'))],
  ['PostgreSQL', postmaster, () => start.written().stderr.includes('Up until Ctrl-C')],
])(
  '%s',
  async (name, find, isDue) => {
    start = spawnTask('start', ['--data', data]);
    while (!isDue()) {
      if (start.child.exitCode !== null) throw new Error(start.written().stderr);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const pid = find();
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
    const { code, stderr } = await start.ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`${name} (process ${pid}) has ended; nobody here has stopped it`);
    expect(existsSync(join(data, 'stack.json'))).toBe(false);
    expect(processesNaming(`${data}/`)).toEqual([]);
  },
  240_000,
);
