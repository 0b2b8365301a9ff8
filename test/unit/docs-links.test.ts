import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot } from '../../src/embedded/project-root';

const docs = readdirSync(join(projectRoot(), 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const links = ['README.md', ...docs].flatMap((file) => linksIn(file).map((link) => [file, link] as const));

/** Where the file's links point to within the clone, without the anchor; code blocks are no links. */
function linksIn(file: string): string[] {
  const text = readFileSync(join(projectRoot(), file), 'utf8').replace(/^```.*?^```/gms, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/i.test(target));
}

it('the docs have links', () => {
  expect(links.length).toBeGreaterThan(5);
});

test.each(links)('%s: %s is there', (file, link) => {
  expect(existsSync(join(projectRoot(), dirname(file), decodeURIComponent(link)))).toBe(true);
});
