import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflows } from '../../src/worker/bundle';
import { projectRoot } from '../../src/postgres/project-root';

/** The workflows as they are in the checkout now, bundled once for all test files that run them. */
export async function workflowBundle(): Promise<{ code: string }> {
  const root = projectRoot();
  const sources = ['workflows', 'src/domain', 'src/protocol/temporal'].flatMap((room) =>
    readdirSync(join(root, room))
      .sort()
      .map((file) => join(root, room, file)),
  );
  const hash = createHash('sha256');
  for (const file of sources) hash.update(file).update(readFileSync(file));
  const cached = join(root, 'dist', `workflow-bundle-${hash.digest('hex').slice(0, 16)}.js`);
  if (!existsSync(cached)) {
    const code = await bundleWorkflows(join(root, 'workflows', 'index.ts'));
    mkdirSync(join(root, 'dist'), { recursive: true });
    writeFileSync(`${cached}.${process.pid}`, code);
    renameSync(`${cached}.${process.pid}`, cached);
  }
  return { code: readFileSync(cached, 'utf8') };
}
