/** Installs and builds the clone when that is needed; one process at a time. Only Node builtins. */
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { LockHeldError, acquireLock } = require('./process-lock.cjs');

const INSTALLED = 'node_modules/.cantondex-installed';
const BUILT = 'dist/.cantondex-built';
const SOURCES = ['src', 'workflows', 'activities', 'bench', 'migrations'];
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Brings node_modules and dist up to date; waits while another process does so. Everything it says goes to stderr. */
async function prepare(root, { build = true } = {}) {
  const ready = () => isInstalled(root) && (!build || isBuilt(root));
  if (ready()) return;
  fs.mkdirSync(path.join(root, '.cantondex'), { recursive: true, mode: 0o700 });
  const lock = await waitForLock(path.join(root, '.cantondex', 'bootstrap.lock'));
  try {
    if (!isInstalled(root)) await install(root, lock);
    if (build && !isBuilt(root)) await compile(root, lock);
  } finally {
    lock.release();
  }
}

async function waitForLock(file) {
  for (let told = false; ; told = true) {
    try {
      return acquireLock(file);
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw error;
      if (!told) console.error(`Waiting for process ${error.holder.pid}, which installs or builds this clone.`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

async function install(root, lock) {
  console.error('Installing the packages (npm ci), a minute or so ...');
  // --include: a production environment would leave the compiler out.
  await runNpm(root, ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], lock);
  fs.writeFileSync(path.join(root, INSTALLED), hashOfLockfile(root));
}

async function compile(root, lock) {
  console.error('Building ...');
  fs.rmSync(path.join(root, BUILT), { force: true });
  const stamp = hashOfSources(root); // taken before: a change while the build runs makes it be built again
  await runNpm(root, ['run', '--silent', 'build'], lock);
  fs.writeFileSync(path.join(root, BUILT), stamp);
}

/** Installed: our stamp names this lockfile, or npm's own record says that everything the lockfile wants is there. */
function isInstalled(root) {
  const stamp = path.join(root, INSTALLED);
  if (readOrNull(stamp) === hashOfLockfile(root)) return true;
  if (!holdsAll(packagesOf(root, 'package-lock.json'), packagesOf(root, 'node_modules/.package-lock.json')))
    return false;
  try {
    fs.writeFileSync(stamp, hashOfLockfile(root));
  } catch {
    // A clone that somebody else installed and that we may only read is as good.
  }
  return true;
}

function packagesOf(root, file) {
  const text = readOrNull(path.join(root, file));
  return text === null ? null : (JSON.parse(text).packages ?? {});
}

/** More than is wanted does no harm: npm ci would take node_modules from under whoever runs in this clone. */
function holdsAll(wanted, installed) {
  if (wanted === null || installed === null) return false;
  return Object.entries(wanted).every(([where, { version, optional }]) => {
    if (where === '') return true;
    return installed[where] === undefined ? optional === true : installed[where].version === version;
  });
}

function isBuilt(root) {
  return readOrNull(path.join(root, BUILT)) === hashOfSources(root);
}

function hashOfLockfile(root) {
  return createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

function hashOfSources(root) {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((folder) => filesBelow(path.join(root, folder)));
  for (const file of [...files, ...SETTINGS.map((name) => path.join(root, name))]) {
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat) hash.update(`${path.relative(root, file)} ${stat.mtimeMs} ${stat.size}\n`);
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  if (!fs.existsSync(folder)) return [];
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function readOrNull(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Runs npm with standard input closed; what it says is shown, on stderr, when it fails. Signals that end us end it too. */
async function runNpm(root, args, lock) {
  const cli = process.env.npm_execpath;
  const viaNode = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  const [program, first] = viaNode ? [process.execPath, [cli]] : ['npm', []];
  const options = { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] };
  const ended = await runChild(program, [...first, ...args], options, (pid) => lock?.namesChild(pid));
  if (ended.code !== 0) process.stderr.write(ended.output);
  if (ended.problem) throw new Error(`npm cannot be started (${ended.problem}): install npm, it comes with Node.`);
  if (ended.code !== 0) {
    throw new Error(
      `"npm ${args.join(' ')}" ended with code ${ended.code}; its messages are above. Mend that and try again.`,
    );
  }
}

/** Runs a program to its end, output on stderr unless options.stdio says otherwise (piped: it is kept); passes ending signals on to it. */
function runChild(program, args, options, started = () => undefined) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2], ...options });
    let by = null;
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes) => said.push(bytes));
    const passOn = (signal) => {
      by = signal;
      child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    const finish = (ended) => {
      for (const signal of signals) process.off(signal, passOn);
      if (by !== null) process.exit(128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[by]);
      resolve(ended);
    };
    child.once('error', (error) => finish({ code: null, problem: error.message, output: '' }));
    child.once('close', (code) => finish({ code, output: Buffer.concat(said) }));
    if (child.pid !== undefined) started(child.pid);
  });
}

module.exports = { prepare, runChild };
