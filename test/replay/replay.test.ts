import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { projectRoot } from '../../src/postgres/project-root';
import { bundleWorkflows } from '../../src/worker/bundle';
import { historyOf, readHistory } from '../support/history-file';
import { workflowBundle } from '../support/workflow-bundle';

const FOLDER = join(__dirname, 'histories');
const RECORDED = readdirSync(FOLDER).map((file) => readHistory(readFileSync(join(FOLDER, file), 'utf8')));

beforeAll(() => {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
});

describe('the workflows as they are now', () => {
  it.each(RECORDED)('take the same steps again: $path', async (recorded) => {
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, historyOf(recorded), recorded.workflowId);
  });

  it('were recorded on each path', () => {
    expect(RECORDED.map(({ path }) => path).sort()).toEqual([
      "cancelled by the UI's Cancel",
      'failed, tried again, settled',
      'parked, cancelled by Update',
      'parked, closed by its deadline',
      'parked, retried by Update, settled',
      'paused by Signal, resumed by Update, cancelled by the service',
      'paused with its holds, resumed, settled',
      'refused',
      'settled',
      'settled, started by the matching engine',
      'steps as regular activities, settled',
      'waited for its date, settled',
      'waited in line, settled',
    ]);
  });

  it('were recorded without a trace of the machine', () => {
    const text = JSON.stringify(RECORDED);
    expect(text).not.toContain(projectRoot());
    expect(text).not.toMatch(/stackTrace|node_modules|\d+@\w+/);
  });
});

describe('workflows that do otherwise', () => {
  const swapped: [string, string, (text: string) => string] = [
    'lock the cash before the securities',
    'src/domain/settlement.ts',
    (text) =>
      text
        .replace("return { do: 'lock_securities' }", "return { do: 'lock_cash' /**/ }")
        .replace("return { do: 'lock_cash' }", "return { do: 'lock_securities' }"),
  ];
  const skipped: [string, string, (text: string) => string] = [
    'do not upsert search attributes',
    'workflows/settlement-display.ts',
    (text) => text.replace('if (isNews(s, shown))', 'if (isNews(s, shown) && s.id === "none")'),
  ];

  const SETTLED = RECORDED.filter(({ path }) => path.includes('settled') && !path.startsWith('paused with its holds'));

  it.each([swapped, skipped])('are found out: they %s', async (_, file, change) => {
    const code = await bundleWith(file, change);
    const replays = Worker.runReplayHistories(
      { workflowBundle: { code } },
      SETTLED.map((recorded) => ({ workflowId: recorded.workflowId, history: historyOf(recorded) })),
    );
    const found: string[] = [];
    for await (const { workflowId, error } of replays)
      if (error?.name === 'DeterminismViolationError') found.push(workflowId);

    expect(found.sort()).toEqual(SETTLED.map(({ workflowId }) => workflowId).sort());
  });
});

/** The bundle of the workflows as they would be with one file changed. */
async function bundleWith(file: string, change: (text: string) => string): Promise<string> {
  const root = projectRoot();
  const folder = mkdtempSync(join(tmpdir(), 'cantondex-variant-'));
  try {
    for (const room of ['workflows', 'src/domain', 'src/protocol/temporal']) {
      mkdirSync(join(folder, room), { recursive: true });
      cpSync(join(root, room), join(folder, room), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const original = readFileSync(join(folder, file), 'utf8');
    const changed = change(original);
    if (changed === original) throw new Error(`${file} has not what the test changes`);
    writeFileSync(join(folder, file), changed);
    return await bundleWorkflows(join(folder, 'workflows', 'index.ts'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
