import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { projectRoot } from '../postgres/project-root';

/** Where the build puts the workflows' bundle, so that a worker starts without making it. */
export const BUNDLE_PATH = join(projectRoot(), 'dist', 'workflow-bundle.js');

/** Bundles the workflows as the sandbox runs them; an import that does I/O fails here. Quiet, unless something is wrong. */
export async function bundleWorkflows(workflowsPath: string): Promise<string> {
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  return code;
}

async function main(): Promise<void> {
  const code = await bundleWorkflows(join(projectRoot(), 'dist', 'workflows', 'index.js'));
  mkdirSync(join(projectRoot(), 'dist'), { recursive: true });
  const draft = `${BUNDLE_PATH}.${process.pid}`;
  writeFileSync(draft, code);
  renameSync(draft, BUNDLE_PATH);
}

if (require.main === module) void main();
