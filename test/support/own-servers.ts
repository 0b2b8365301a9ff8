import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type DataFolder, openDataFolder } from '../../src/embedded/data-folder';
import { type PostgresServer, startPostgres } from '../../src/embedded/postgres';
import { processesInFolder } from '../../src/embedded/processes';
import { type TemporalServer, startTemporal } from '../../src/embedded/temporal-server';
import { makeTestFolder, removeTestFolder } from './test-folder';

const say = (): void => undefined;

/** A PostgreSQL of the calling file's own, which it may stop: call this before `new TestEngine`, and `end` after the last test. */
export class OwnPostgres {
  #folder: DataFolder | null = null;
  #server: PostgresServer | null = null;
  #data = '';

  constructor() {
    beforeAll(async () => {
      this.#folder = openDataFolder(makeTestFolder());
      const server = await startPostgres({ folder: this.#folder, say, durable: false });
      this.#server = server;
      process.env['CANTONDEX_TEST_SUPERUSER_URL'] = server.superuserUrl;
      process.env['CANTONDEX_TEST_DATABASE_URL'] = server.databaseUrl;
      this.#data = await dataDirectoryOf(server.superuserUrl);
    });
  }

  /** Stops the postmaster, then each of its children, so that nothing answers and no timeout of the server's fires; how many. */
  freeze(): number {
    const postmaster = processesInFolder(this.#data).find(({ command }) => command.includes(` -D ${this.#data}`));
    if (postmaster !== undefined) process.kill(postmaster.pid, 'SIGSTOP');
    const all = processesInFolder(this.#data);
    for (const { pid } of all) process.kill(pid, 'SIGSTOP');
    return all.length;
  }

  thaw(): void {
    for (const { pid } of processesInFolder(this.#data)) process.kill(pid, 'SIGCONT');
  }

  async end(): Promise<void> {
    this.thaw();
    await this.#server?.stop();
    this.#folder?.release();
    if (this.#folder !== null) removeTestFolder(this.#folder.path);
  }
}

async function dataDirectoryOf(superuserUrl: string): Promise<string> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
    return rows[0]?.folder ?? '';
  } finally {
    await client.end();
  }
}

/** A Temporal server of the calling file's own, which may lose everything it knows. */
export class OwnTemporal {
  readonly #folder = makeTestFolder();
  #server: TemporalServer | null = null;

  async start(): Promise<void> {
    this.#server = await startTemporal({ dataFolder: this.#folder, say });
  }

  get address(): string {
    if (this.#server === null) throw new Error('the server is not started');
    return this.#server.address;
  }

  /** Ends the server, deletes its file, and starts an empty one. */
  async loseEverything(): Promise<void> {
    await this.#server?.stop();
    const files = readdirSync(this.#folder).filter((name) => /^temporal-.*\.db/.test(name));
    if (files.length === 0) throw new Error('the server has no file to lose');
    for (const name of files) rmSync(join(this.#folder, name));
    await this.start();
  }

  async end(): Promise<void> {
    await this.#server?.stop();
    removeTestFolder(this.#folder);
  }
}
