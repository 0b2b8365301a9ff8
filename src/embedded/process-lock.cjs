/**
 * Who runs, and who holds a lock file. Only Node builtins: the bootstrap uses it before anything is installed.
 * A process is known by its id and its start time, because ids are used again.
 */
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');

/** When the process with this id started, as an opaque text; null when there is none (a zombie is none). */
function startedAt(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return null;
  }
  return process.platform === 'linux' ? startedAtFromProc(pid) : startedAtFromPs(pid);
}

function startedAtFromProc(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return null;
  }
}

function startedAtFromPs(pid) {
  const ps = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' });
  const line = (ps.stdout ?? '').trim();
  return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
}

/** Whether exactly this process (id and start time) still runs. */
function isRunning(who) {
  return Boolean(who) && startedAt(who.pid) !== null && startedAt(who.pid) === who.started;
}

class LockHeldError extends Error {
  constructor(file, holder) {
    super(`${file} is held by process ${holder.pid} since ${holder.since}`);
    this.name = 'LockHeldError';
    this.holder = holder;
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The process that holds the lock file now, or null. A child that its holder started counts: it outlives a kill -9. */
function holderOf(file) {
  const held = parse(read(file) ?? 'null');
  return isRunning(held) || isRunning(held?.child) ? held : null;
}

/**
 * Takes the lock file for this process, or throws LockHeldError. A dead holder's lock is moved away and taken over;
 * should a third process have renewed it in between, what was moved is put back.
 */
function acquireLock(file) {
  const mine = { pid: process.pid, started: startedAt(process.pid), since: new Date().toISOString() };
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, JSON.stringify(mine), { mode: 0o644 });
  try {
    while (!linked(own, file)) {
      const seen = read(file);
      const holder = parse(seen ?? 'null');
      if (isRunning(holder) || isRunning(holder?.child)) throw new LockHeldError(file, holder);
      if (seen !== null) moveAway(file, seen);
    }
  } finally {
    fs.rmSync(own, { force: true });
  }
  return lockHandle(file, mine);
}

function linked(from, to) {
  try {
    fs.linkSync(from, to); // with its content at once: nobody reads a half-written lock
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function moveAway(file, seen) {
  const moved = `${file}.${process.pid}.stale`;
  try {
    fs.renameSync(file, moved);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (read(moved) !== seen) linked(moved, file);
  fs.rmSync(moved, { force: true });
}

function lockHandle(file, mine) {
  const holds = () => {
    const now = parse(read(file) ?? 'null');
    return now !== null && now.pid === mine.pid && now.started === mine.started;
  };
  return {
    /** Names a child that works under this lock, so that the lock outlives us as long as the child does. */
    namesChild(pid) {
      const own = `${file}.${process.pid}`;
      fs.writeFileSync(own, JSON.stringify({ ...mine, child: { pid, started: startedAt(pid) } }));
      fs.renameSync(own, file);
    },
    release() {
      if (holds()) fs.rmSync(file, { force: true });
    },
  };
}

module.exports = {
  LockHeldError,
  acquireLock,
  /** @public locks.ts */ holderOf,
  /** @public locks.ts */ isRunning,
  /** @public locks.ts */ startedAt,
};
