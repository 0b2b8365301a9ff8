import { readStartOptions } from '../../src/start-options';

const quiet = () => undefined;

test('without flags: the sample day, the default folder, up until Ctrl-C', () => {
  expect(readStartOptions([], quiet)).toEqual({
    once: false,
    day: undefined,
    json: false,
    report: undefined,
    data: undefined,
  });
});

test('every flag of the contract is read', () => {
  const argv = ['--once', '--day', 'D', '--json', '--report', 'R', '--data', 'a b', '--lane', 'single'];
  expect(readStartOptions(argv, quiet)).toEqual({ once: true, day: 'D', json: true, report: 'R', data: 'a b' });
});

test.each(['bulk', 'auto', 'net'])('the lane %s is refused with the sentence that it does not exist yet', (lane) => {
  expect(() => readStartOptions(['--lane', lane], quiet)).toThrow(`The lane ${lane} does not exist yet`);
});

test.each([[['--dya', 'x']], [['--lane', 'fast']], [['--day']], [['stray']]])('%j is refused', (argv) => {
  expect(() => readStartOptions(argv, quiet)).toThrow(/^npm start: .*--help/s);
});

test('a refusal ends with one full stop', () => {
  expect(() => readStartOptions(['--lane', 'fast'], quiet)).toThrow(/single, bulk, auto, net\. "npm start/);
});

test('help is printed, with an example, and nothing is started', () => {
  let printed = '';
  expect(readStartOptions(['--help'], (text) => (printed += text))).toBeNull();
  expect(printed).toContain('--once');
  expect(printed).toContain('npm start -- --once --day');
});
