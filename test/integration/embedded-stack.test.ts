import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { isAlive, processesInFolder, processesNaming, until } from '../../src/embedded/processes';
import { POSTGRES, TEMPORAL } from '../../src/embedded/stack-constants';
import { killStarters, signalStarter, startElsewhere } from '../support/starter';
import { endServersOf } from '../support/test-folder';

const folder = join(mkdtempSync(join(tmpdir(), 'cantondex-embedded-')), 'a data folder');
const servers = () => processesNaming(`${folder}/`);

afterEach(async () => {
  await killStarters(); // of a test that failed
  await endServersOf(folder);
});

afterAll(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

/** Somebody else on that port; if it is taken already, the better. */
function occupy(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(server));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

const asOwner = (url: string): string => `${url}?options=-c%20role%3D${POSTGRES.ownerRole}`;

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ answer: unknown }>(sql)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

describe('the stack, in a path with spaces, when the usual ports are taken', () => {
  let taken: Server[];

  beforeAll(async () => {
    taken = await Promise.all([POSTGRES.port, TEMPORAL.port, TEMPORAL.uiPort].map(occupy));
  });

  afterAll(() => {
    for (const server of taken) server.close();
  });

  test('takes other ports and says so, and leaves nothing behind when it is ended', async () => {
    const stack = await startElsewhere(folder);
    expect(stack.said.join('\n')).toMatch(/Port 5432 is taken: PostgreSQL uses \d+/);
    expect(stack.said.join('\n')).toMatch(/Port 7233 is taken: Temporal uses \d+/);
    expect(stack.said.join('\n')).toMatch(/Port 8233 is taken: Temporal's UI uses \d+/);
    expect(existsSync(join(folder, 'stack.json'))).toBe(true);
    expect((await fetch(stack.temporalUi)).status).toBe(200);
    await signalStarter(stack, 'SIGTERM');
    expect(servers()).toEqual([]);
    expect(existsSync(join(folder, 'stack.json'))).toBe(false);
  });

  test('its application role is a plain member of the owner, and the owner owns the database', async () => {
    const { databaseUrl, ...stack } = await startElsewhere(folder);
    expect(await ask(databaseUrl, 'select current_user as answer')).toBe(POSTGRES.userRole);
    const rights = `select rolsuper or rolcreatedb or rolcreaterole or rolinherit as answer from pg_roles where rolname = current_user`;
    expect(await ask(databaseUrl, rights)).toBe(false);
    const owner = `select pg_get_userbyid(datdba) as answer from pg_database where datname = current_database()`;
    expect(await ask(databaseUrl, owner)).toBe(POSTGRES.ownerRole);
    await expect(ask(databaseUrl, 'create table t ()')).rejects.toThrow('permission denied for schema public');
    await ask(asOwner(databaseUrl), 'create table t ()');
    await signalStarter({ ...stack, databaseUrl }, 'SIGTERM');
  });

  test('servers that outlived a killed starter are taken over', async () => {
    const first = await startElsewhere(folder);
    await ask(asOwner(first.databaseUrl), 'create table kept as select 42 as n');
    const pids = servers().map(({ pid }) => pid);
    await signalStarter(first, 'SIGKILL');
    const second = await startElsewhere(folder);
    expect(second.said.filter((line) => line.includes('taken over'))).toHaveLength(2);
    expect([second.databaseUrl, second.temporalAddress]).toEqual([first.databaseUrl, first.temporalAddress]);
    expect(pids.filter(isAlive)).toHaveLength(2);
    await signalStarter(second, 'SIGTERM');
    expect(servers()).toEqual([]);
  });

  test('starts again with its data after everything was killed, a busy backend excepted', async () => {
    const first = await startElsewhere(folder);
    const busy = new Client({ connectionString: first.databaseUrl });
    busy.on('error', () => undefined);
    await busy.connect();
    const loop = busy.query('do $$ begin loop end loop; end $$').catch((error: unknown) => error);
    const backend = processesInFolder(join(folder, 'postgres-15')).find(({ command }) =>
      command.includes('cantondex_user'),
    );
    await signalStarter(first, 'SIGKILL');
    for (const { pid } of servers()) process.kill(pid, 'SIGKILL');
    await until(() => servers().length === 0, 5_000);
    expect(backend !== undefined && isAlive(backend.pid)).toBe(true);
    const second = await startElsewhere(folder);
    await loop;
    expect(second.said.join('\n')).toContain(`busy backend(s) (${String(backend?.pid)})`);
    expect(await ask(asOwner(second.databaseUrl), 'select n as answer from kept')).toBe(42);
    await signalStarter(second, 'SIGTERM');
  });

  test('servers that are stopped and do not answer are ended and started again', async () => {
    const first = await startElsewhere(folder);
    for (const { pid } of [...servers(), ...processesInFolder(join(folder, 'postgres-15'))])
      process.kill(pid, 'SIGSTOP');
    await signalStarter(first, 'SIGKILL');
    const second = await startElsewhere(folder);
    expect(second.said.filter((line) => line.includes('does not answer'))).toHaveLength(2);
    await signalStarter(second, 'SIGTERM');
    expect(servers()).toEqual([]);
  });

  test('a shell that names our files is neither taken over nor ended', async () => {
    const texts = [
      `postgres -D ${join(folder, 'postgres-15')}`,
      `temporal server start-dev --db-filename ${join(folder, `temporal-${TEMPORAL.serverVersion}.db`)} --port 1`,
    ];
    const shells = texts.map((text) =>
      spawn('/bin/sh', ['-c', `read x # ${text}`], { stdio: ['pipe', 'ignore', 'ignore'] }),
    );
    try {
      const stack = await startElsewhere(folder);
      expect(stack.said.filter((line) => line.includes('does not answer'))).toEqual([]);
      await signalStarter(stack, 'SIGTERM');
      expect(shells.map(({ pid }) => pid !== undefined && isAlive(pid))).toEqual([true, true]);
    } finally {
      for (const shell of shells) shell.kill('SIGKILL');
    }
  });

  test('a second start on the same folder is refused, and the first goes on', async () => {
    const first = await startElsewhere(folder);
    await expect(startElsewhere(folder)).rejects.toThrow(`in use by process ${String(first.child.pid)} since`);
    expect(await ask(first.databaseUrl, 'select 1 as answer')).toBe(1);
    await signalStarter(first, 'SIGTERM');
  });
});
