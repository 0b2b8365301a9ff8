import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What DIR/stack.json tells other programs while the servers are up. */
export interface StackFile {
  readonly database_url: string;
  readonly temporal_address: string;
  readonly temporal_namespace: string;
  readonly temporal_ui: string;
  readonly api_url: string | null;
}

const fileIn = (dataFolder: string): string => join(dataFolder, 'stack.json');

/** Writes stack.json at once (write beside, rename), readable by its owner only: it holds a password. */
export function writeStackFile(dataFolder: string, content: StackFile): void {
  const beside = `${fileIn(dataFolder)}.${process.pid}`;
  rmSync(beside, { force: true });
  writeFileSync(beside, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, fileIn(dataFolder));
}

/** What stack.json says, or undefined when no stack is up there. */
export function readStackFile(dataFolder: string): StackFile | undefined {
  try {
    return JSON.parse(readFileSync(fileIn(dataFolder), 'utf8')) as StackFile;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Error(`${fileIn(dataFolder)} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Removes stack.json: from now on the servers are not to be used. */
export function removeStackFile(dataFolder: string): void {
  rmSync(fileIn(dataFolder), { force: true });
}
