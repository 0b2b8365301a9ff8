import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { projectRoot } from '../../src/postgres/project-root';

const ROOT = projectRoot();
const CONFIGURATION = ['package.json', 'tsconfig.json', 'eslint.config.mjs', '.dependency-cruiser.cjs'];
const PG = "import { Pool } from 'pg';\nexport const pool = new Pool();\n";

/** What must not be, by file; each is imported by a workflow, directly or through others. */
const DAMAGES: Readonly<Record<string, string>> = {
  'workflows/settle-trade.ts': PG,
  'src/domain/settlement.ts': PG,
  'src/protocol/temporal/settlement-messages.ts': PG,
  'src/domain/legs.ts': "import { readFileSync } from 'node:fs';\nexport const text = readFileSync('x');\n",
  'src/domain/ids.ts': "import { v4 } from 'uuid';\nexport const id = v4();\n",
  'workflows/settlement-steps.ts': "import { port } from '../src/ledger/port';\nexport const used = port;\n",
};
let copy: string;

/** A copy of everything that the sandbox is made of, where a test may do what it must not. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'cantondex-sandbox-'));
  for (const room of ['workflows', 'src/domain', 'src/protocol/temporal']) {
    mkdirSync(join(copy, room), { recursive: true });
    cpSync(join(ROOT, room), join(copy, room), { recursive: true });
  }
  for (const file of CONFIGURATION) cpSync(join(ROOT, file), join(copy, file));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

describe('an import that does I/O', () => {
  it('is seen by the linter, in each file', async () => {
    const files = Object.keys(DAMAGES).filter((file) => file !== 'workflows/settlement-steps.ts');
    for (const file of files) damage(file);

    const text = await said('eslint', '--format', 'json', ...files);

    const results = JSON.parse(text) as { filePath: string; messages: { ruleId: string; line: number }[] }[];
    const found = results.filter(({ messages }) =>
      messages.some(({ ruleId, line }) => ruleId === 'no-restricted-imports' && line === 1),
    );
    expect(found.map(({ filePath }) => relative(copy, filePath)).sort()).toEqual(files.sort());
  });

  it('is seen by the arrows, in each file; so is a workflow that reaches into the ledger', async () => {
    mkdirSync(join(copy, 'src/ledger'));
    writeFileSync(join(copy, 'src/ledger/port.ts'), 'export const port = 1;\n');
    expect(await said('depcruise', ...CRUISE)).toContain('no dependency violations found');
    for (const file of Object.keys(DAMAGES)) damage(file);

    const text = await said('depcruise', ...CRUISE);

    for (const [file, imports] of Object.entries(DAMAGES)) {
      if (imports === PG || imports.includes('node:fs')) expect(text).toContain(`sandbox-has-no-io: ${file}`);
    }
    expect(text).toContain('arrows-of-workflows: workflows/settlement-steps.ts');
  });

  it.each(['workflows/settle-trade.ts', 'src/domain/settlement.ts'])('fails the bundle: pg in %s', async (file) => {
    await expect(bundle()).resolves.toContain('settleTrade');
    damage(file);

    await expect(bundle()).rejects.toThrow();
  });
});

const CRUISE = ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'workflows'];

function damage(file: string): void {
  writeFileSync(join(copy, file), `${DAMAGES[file] ?? ''}${readFileSync(join(copy, file), 'utf8')}`);
}

/** What a worker runs; webpack's warnings are not for this test's output. */
async function bundle(): Promise<string> {
  const workflowsPath = join(copy, 'workflows', 'index.ts');
  return (await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR', () => undefined) })).code;
}

/** What a check of the project prints in the copy, green or red. */
async function said(tool: string, ...args: string[]): Promise<string> {
  const program = join(ROOT, 'node_modules', '.bin', tool);
  const run = promisify(execFile)(program, args, { cwd: copy, env: { ...process.env, NO_COLOR: '1' } });
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  return stdout;
}
