import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { processLock } from './locks';
import { projectRoot } from './project-root';

/** The folder that keeps everything a stack writes, locked by this process. */
export interface DataFolder {
  readonly path: string;
  /** Given by the caller (--data), so its mode is the caller's and it is not replaced by another folder. */
  readonly explicit: boolean;
  release(): void;
}

/** A second start on the same folder: says who has it. */
export class DataFolderInUseError extends Error {
  constructor(path: string, pid: number, since: string) {
    super(
      `The data folder ${path} is in use by process ${pid} since ${since}. ` +
        `Stop that one first (Ctrl-C there, or kill ${pid}), or give this start another folder: --data DIR.`,
    );
    this.name = 'DataFolderInUseError';
  }
}

/** The data folder's path: what --data says, else .cantondex in the clone. */
export function dataFolderPath(given?: string): string {
  return given === undefined ? join(projectRoot(), '.cantondex') : resolve(given);
}

/** Makes the data folder when it is not there and locks it; throws DataFolderInUseError when another process has it. */
export function openDataFolder(given?: string): DataFolder {
  const explicit = given !== undefined;
  const wanted = dataFolderPath(given);
  // Temporal hands the path to SQLite as part of an address: it would write to another file.
  if (/[#?%]/.test(wanted)) {
    throw new Error(`The data folder ${wanted} has one of # ? % in its path: give another, --data DIR.`);
  }
  makeFolder(wanted, explicit);
  const path = realpathSync(wanted);
  try {
    const lock = processLock.acquireLock(join(path, 'lock'));
    return { path, explicit, release: () => lock.release() };
  } catch (error) {
    if (error instanceof processLock.LockHeldError) {
      throw new DataFolderInUseError(path, error.holder.pid, error.holder.since);
    }
    throw error;
  }
}

/** Whether a living process holds the folder's lock. */
export function isDataFolderInUse(path: string): boolean {
  return processLock.holderOf(join(path, 'lock')) !== null;
}

function makeFolder(path: string, explicit: boolean): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (existsSync(path)) throw new Error(`The data folder ${path} is a file: give a folder, --data DIR.`);
  try {
    mkdirSync(path, { recursive: true, mode: explicit ? 0o755 : 0o700 });
    chmodSync(path, explicit ? 0o755 : 0o700); // whatever the umask
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`The data folder ${path} cannot be made: ${why}. Give another: --data DIR.`, { cause: error });
  }
}
