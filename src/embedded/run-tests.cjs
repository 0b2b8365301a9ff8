/** npm test: the checks, then Jest, then one line "N passed, N failed" as the last of standard output. */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { prepare, runChild } = require('./prepare.cjs');

const CHECKS = ['types', 'lint', 'format', 'arrows', 'unused'];
const BINARIES = path.join('node_modules', '.bin');

/** Arguments go to Jest; --no-checks leaves the checks out. */
async function runTests(root, args) {
  const counts = { passed: 0, failed: 0 };
  const record = (name, ok) => {
    counts[ok ? 'passed' : 'failed'] += 1;
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  };
  await prepare(root, { build: false });
  const built = await prepare(root).then(
    () => true,
    (error) => console.error(error.message),
  );
  if (!built) record('build', false);
  if (!args.includes('--no-checks')) {
    for (const check of CHECKS) record(`check:${check}`, await runCheck(root, check));
  }
  const tests = await runJest(
    root,
    args.filter((arg) => arg !== '--no-checks'),
  );
  counts.passed += tests.passed;
  counts.failed += tests.failed;
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

async function runCheck(root, name) {
  const script = require(path.join(root, 'package.json')).scripts[`check:${name}`];
  const env = { ...process.env, PATH: [path.join(root, BINARIES), process.env.PATH].join(path.delimiter) };
  return (await runChild('/bin/sh', ['-c', script], { cwd: root, env })).code === 0;
}

async function runJest(root, args) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cantondex-counts-'));
  const file = path.join(folder, 'counts.json');
  const env = { ...process.env, CANTONDEX_TEST_COUNTS: file };
  try {
    const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
    const { code } = await runChild(process.execPath, [jest, ...args], { cwd: root, env, stdio: ['ignore', 1, 2] });
    const counts = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : { passed: 0, failed: 0 };
    if (code === 0 || counts.failed > 0) return counts;
    console.log(`FAILED Jest ended with code ${code} though no test failed; its messages are above`);
    return { ...counts, failed: counts.failed + 1 };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { /** @public bootstrap.cjs */ runTests };
