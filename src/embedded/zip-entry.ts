import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;
const LOCAL_HEADER_SIZE = 30;
const STORED = 0;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly headerAt: number;
}

/** Writes the one entry whose name matches into a file. Plain zip archives below 4 GB, as wheels are. */
export async function extractFromZip(archive: string, name: RegExp, target: string): Promise<void> {
  const file = await open(archive);
  try {
    const entry = (await readDirectory(file)).find((one) => name.test(one.name));
    if (entry === undefined) throw new Error(`${archive} holds nothing named ${String(name)}`);
    const header = await readAt(file, entry.headerAt, LOCAL_HEADER_SIZE);
    const start = entry.headerAt + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
    const packed = createReadStream(archive, { start, end: start + entry.compressed - 1 });
    const out = createWriteStream(target);
    await pipeline(packed, entry.method === STORED ? new PassThrough() : createInflateRaw(), out);
    if (out.bytesWritten !== entry.size) throw new Error(`${archive} is damaged: ${entry.name} has another size`);
  } finally {
    await file.close();
  }
}

async function readDirectory(file: FileHandle): Promise<Entry[]> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - 65_535 - END_SIZE), Math.min(size, 65_535 + END_SIZE));
  let at = tail.length - END_SIZE;
  while (at >= 0 && tail.readUInt32LE(at) !== END_OF_DIRECTORY) at--;
  if (at < 0) throw new Error('not a zip archive');
  const directory = await readAt(file, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  const entries: Entry[] = [];
  for (let pos = 0; pos + ENTRY_SIZE <= directory.length;) {
    if (directory.readUInt32LE(pos) !== DIRECTORY_ENTRY) break;
    const nameLength = directory.readUInt16LE(pos + 28);
    entries.push({
      name: directory.toString('utf8', pos + ENTRY_SIZE, pos + ENTRY_SIZE + nameLength),
      method: directory.readUInt16LE(pos + 10),
      compressed: directory.readUInt32LE(pos + 20),
      size: directory.readUInt32LE(pos + 24),
      headerAt: directory.readUInt32LE(pos + 42),
    });
    pos += ENTRY_SIZE + nameLength + directory.readUInt16LE(pos + 30) + directory.readUInt16LE(pos + 32);
  }
  return entries;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, position);
  return buffer;
}
