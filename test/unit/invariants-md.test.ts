import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/postgres/project-root';
import { CHECKS } from '../../src/verify/run-verify';

const read = (...names: string[]): string => readFileSync(path.join(projectRoot(), ...names), 'utf8');
const namesIn = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

describe('docs/INVARIANTS.md', () => {
  const text = read('docs', 'INVARIANTS.md');

  it('tells of every check, each once in a table under the number of its invariant, and of no other', () => {
    const rows = text
      .split(/^## /m)
      .flatMap((section) => namesIn(section, /^\| `([0-9]-[a-z0-9-]+)`/gim).map((name) => ({ section, name })));
    expect(rows.map(({ name }) => name).sort()).toEqual(CHECKS.map((check) => check.name).sort());
    for (const { section, name } of rows) expect(section.split('.')[0]).toBe(name.split('-')[0]);
  });

  it('names files that are there, a file of checks for each invariant', () => {
    const paths = namesIn(text, /`((?:src|test)\/[^`]+)`/g);
    expect(paths.filter((name) => !existsSync(path.join(projectRoot(), name)))).toEqual([]);
    const files = readdirSync(path.join(projectRoot(), 'src', 'verify', 'checks')).map(
      (name) => `src/verify/checks/${name}`,
    );
    expect(files.filter((name) => !paths.includes(name))).toEqual([]);
  });

  it('names constraints, triggers and functions that the database has', () => {
    const schema = read('migrations', 'schema.sql');
    const names = namesIn(text, /`([a-z0-9]+(?:_[a-z0-9]+)+)`/g);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(schema))).toEqual([]);
  });
});
