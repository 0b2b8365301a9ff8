import { readConfig } from '../../src/config';
import { createLog } from '../../src/log';
import { throughOutages, unlessTooSlow } from '../../src/service/outage';

const options = { signal: new AbortController().signal, log: createLog('silent') };
const timeout = () => Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' });

test('work that PostgreSQL breaks off again and again ends with what to make smaller', async () => {
  jest.useFakeTimers({ advanceTimers: 100 });
  let calls = 0;
  const work = unlessTooSlow('Accepting 2000 trades in one commit', () => {
    calls += 1;
    return Promise.reject(timeout());
  });
  await expect(throughOutages('Acceptance', work, options)).rejects.toThrow(
    /^Accepting 2000 trades .* 10 times in a row\. Set SETTLEMENT_BATCH_SIZE to less/,
  );
  expect(calls).toBe(10);
  jest.useRealTimers();
});

test('a timeout once is gone through', async () => {
  let calls = 0;
  const work = unlessTooSlow('Accepting', () => (++calls === 1 ? Promise.reject(timeout()) : Promise.resolve('done')));
  await expect(throughOutages('Acceptance', work, options)).resolves.toBe('done');
});

test('a batch is at most 2000 trades', () => {
  expect(() => readConfig({ SETTLEMENT_BATCH_SIZE: '2001' })).toThrow('SETTLEMENT_BATCH_SIZE: expected at most 2000');
  expect(readConfig({ SETTLEMENT_BATCH_SIZE: '2000' }).settlement.batch_size).toBe(2000);
});
