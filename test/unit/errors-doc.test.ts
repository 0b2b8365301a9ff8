import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/postgres/project-root';
import { errorsDoc } from '../support/errors-doc';

const file = join(projectRoot(), 'docs', 'ERRORS.md');

/** `UPDATE_DOCS=1 npx jest test/unit/errors-doc.test.ts` writes the page anew. */
it('docs/ERRORS.md is what the tables of codes say', () => {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, errorsDoc());
  expect(readFileSync(file, 'utf8')).toBe(errorsDoc());
});
