import { pino } from 'pino';
import { writeEntry } from '../../src/worker/run-worker';

function logged(entry: Parameters<typeof writeEntry>[1]): unknown {
  let line = '';
  writeEntry(pino({ base: null, timestamp: false }, { write: (text: string) => (line += text) }), entry);
  return JSON.parse(line);
}

test('an error of the SDK is written with its message', () => {
  const meta = { error: new Error('it broke'), workflowId: 'settle-T1' };
  expect(logged({ level: 'WARN', message: 'Activity failed', meta })).toMatchObject({
    level: 40,
    workflowId: 'settle-T1',
    err: { message: 'it broke' },
    msg: 'Activity failed',
  });
});

test('a settlement that closed as failed is no warning', () => {
  const meta = { error: new Error('Stopped by ops.') };
  expect(logged({ level: 'WARN', message: 'Workflow failed', meta })).toMatchObject({ level: 30 });
});

test('what the core itself says keeps its level', () => {
  expect(logged({ level: 'ERROR', message: 'poll failed' })).toEqual({ level: 50, msg: 'poll failed' });
});
