import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
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

/** The lock and process rules that the bootstrap shares with us; they are not compiled, so dist/ reads them from src/. */
export const processLock = createRequire(__filename)(
  join(projectRoot(), 'src', 'embedded', 'process-lock.cjs'),
) as typeof import('./process-lock.cjs');
