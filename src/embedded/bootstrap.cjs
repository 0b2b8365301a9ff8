/**
 * What npm start, npm test, npm run bench and npx cantondex run first: brings the clone into working order, then goes on in this
 * process. Old syntax on purpose: an old Node must get as far as the sentence about its version.
 */
var REQUIRED = [20, 19];

function nodeIsTooOld() {
  var parts = process.versions.node.split('.').map(Number);
  return parts[0] < REQUIRED[0] || (parts[0] === REQUIRED[0] && parts[1] < REQUIRED[1]);
}

function runMain(file, args) {
  return Promise.resolve(require(file).main(args));
}

function dispatch(task, args) {
  var path = require('node:path');
  var root = path.resolve(__dirname, '..', '..');
  var prepare = require('./prepare.cjs').prepare;
  if (task === 'test') return require('./run-tests.cjs').runTests(root, args);
  var file = { start: 'dist/src/main.js', cli: 'dist/src/cli/main.js', bench: 'dist/bench/main.js' }[task];
  if (!file) return Promise.reject(new Error('Unknown task ' + task + ': say start, cli, test or bench.'));
  return prepare(root).then(function () {
    return runMain(path.join(root, file), args);
  });
}

function run(argv) {
  if (nodeIsTooOld()) {
    console.error(
      'CantonDEX needs Node ' +
        REQUIRED.join('.') +
        ' or newer, this is ' +
        process.versions.node +
        ': install it first.',
    );
    process.exit(1);
  }
  return dispatch(argv[0], argv.slice(1)).catch(function (error) {
    console.error(error instanceof Error ? error.message : error);
    if (process.env.CANTONDEX_DEBUG && error instanceof Error) console.error(error.stack);
    process.exitCode = 1;
  });
}

module.exports = { run: run };
if (require.main === module) run(process.argv.slice(2));
