import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDataFolderInUse } from '../../src/embedded/data-folder';
import { endProcess, processesInFolder, processesNaming } from '../../src/embedded/processes';

const PREFIX = 'cantondex-test-';
/** A folder that another run made just now is not locked yet. */
const NOT_LOCKED_YET_MS = 60_000;

/** A new folder for throw-away servers, below the system's folder for such things. */
export function makeTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o755);
  return folder;
}

/** Removes the folder with everything in it. */
export function removeTestFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** What a test run that was killed left: its servers are ended, its folder is removed. */
export async function removeLeftTestFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const stat = statSync(folder, { throwIfNoEntry: false }); // another run may be removing it
    const young = stat !== undefined && Date.now() - stat.mtimeMs < NOT_LOCKED_YET_MS;
    if (stat?.uid !== process.getuid?.() || young || isDataFolderInUse(folder)) continue;
    await endServersOf(folder);
    removeTestFolder(folder);
  }
}

/** Ends every process that works in the folder, the hard way. */
export async function endServersOf(folder: string): Promise<void> {
  const cluster = join(folder, 'postgres-15');
  const left = [...processesNaming(`${folder}/`), ...processesInFolder(cluster)];
  await Promise.all(left.map(({ pid }) => endProcess(pid, [['SIGKILL', 5_000]])));
}
