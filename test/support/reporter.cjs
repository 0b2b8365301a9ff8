/** Jest's reporter: a line a file, failures in full, skips by name with their reason; counts for npm test. */
const fs = require('node:fs');
const path = require('node:path');

/** Tests that may be skipped, each with its reason; any other skip counts as failed. */
const ALLOWED = new Map(require('./allowed-skips.json').map(({ test, reason }) => [test, reason]));

module.exports = class Reporter {
  constructor(globalConfig) {
    this.root = globalConfig.rootDir;
    this.selected = Boolean(globalConfig.testNamePattern); // then what is not selected is reported as skipped
    this.counts = { passed: 0, failed: 0 };
    this.failures = [];
    this.skips = [];
  }

  onTestResult(test, result) {
    const file = path.relative(this.root, test.path);
    const before = this.counts.failed;
    for (const one of result.testResults) this.count(file, one);
    if (result.testExecError || (result.failureMessage && this.counts.failed === before)) {
      this.fail(file, 'the file itself', [result.failureMessage ?? String(result.testExecError)]);
    }
    const failed = this.counts.failed - before;
    const seconds = ((result.perfStats.end - result.perfStats.start) / 1000).toFixed(1);
    const passed = result.numPassingTests;
    console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${file}: ${passed} passed, ${failed} failed, ${seconds} s`);
    if (failed > 0) for (const entry of result.console ?? []) console.error(`  ${entry.type}: ${entry.message}`);
  }

  count(file, one) {
    if (one.status === 'passed') this.counts.passed += 1;
    else if (one.status === 'failed') this.fail(file, one.fullName, one.failureMessages);
    else if (!this.selected) this.skip(file, one);
  }

  fail(file, name, messages) {
    this.counts.failed += 1;
    this.failures.push({ file, name, messages });
  }

  skip(file, { fullName, status }) {
    const reason = ALLOWED.get(fullName);
    if (reason === undefined) {
      this.fail(file, fullName, [`${status}, and test/support/allowed-skips.json does not name it`]);
    } else {
      this.skips.push(`skipped ${file} > ${fullName}: ${reason}`);
    }
  }

  onRunComplete() {
    for (const { file, name, messages } of this.failures) console.log(`\n${file} > ${name}\n${messages.join('\n')}`);
    for (const line of this.skips) console.log(line);
    const target = process.env.CANTONDEX_TEST_COUNTS;
    if (target) fs.writeFileSync(target, JSON.stringify(this.counts));
    else console.log(`${this.counts.passed} passed, ${this.counts.failed} failed`);
  }

  getLastError() {
    return this.counts.failed > 0 ? new Error(`${this.counts.failed} failed`) : undefined;
  }
};
