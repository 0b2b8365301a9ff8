import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/embedded/project-root';

/** The fenced blocks of a language in one of the docs, in their order. */
export function blocksOf(file: string, language: string): string[] {
  const text = readFileSync(join(projectRoot(), file), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);
}

/** Every `npx cantondex ...` line that a doc tells people to type, as words. */
export function commandsIn(file: string): string[][] {
  const inTables = [...readFileSync(join(projectRoot(), file), 'utf8').matchAll(/`(npx cantondex [^`\n]+)`/g)];
  const lines = [
    ...blocksOf(file, 'sh').flatMap((block) => block.split('\n')),
    ...inTables.map(([, line = '']) => line),
  ];
  return lines
    .filter((line) => line.startsWith('npx cantondex '))
    .map((line) => [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([word, quoted]) => quoted ?? word).slice(2));
}
