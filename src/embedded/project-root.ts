import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The clone's top folder, the same for the sources and for what is built into dist/. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`No package.json above ${__dirname}: run this inside the clone.`);
    folder = above;
  }
  return folder;
}
