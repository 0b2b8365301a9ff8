import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The folder of the package's package.json, found upwards from here: the compiled file lies deeper than its source,
 * and migrations are read from the root in both cases.
 */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}
