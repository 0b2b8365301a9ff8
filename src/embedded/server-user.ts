import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { DataFolder } from './data-folder';
import type { Say } from './ports';
import { run } from './processes';
import { POSTGRES } from './stack-constants';

/**
 * PostgreSQL refuses to run as root. As root its programs run in a user namespace, where our files stay ours; where
 * that is not allowed, as another user, with binaries and data where that user can reach them.
 */
export interface ServerUser {
  /** Put before each program's command line. */
  readonly prefix: readonly string[];
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** PostgreSQL's own folder with bin/, lib/ and share/. */
  readonly binaries: string;
  /** The folder that the cluster lies in. */
  readonly home: string;
}

const UNSHARE = ['unshare', '--user', '--map-user=1000', '--map-group=1000'] as const;
const OTHER_USERS = ['postgres', 'nobody'] as const;
/** Below the data folder: what the other user owns. */
const OTHER_HOME = 'postgres';
const SHARED_HOME = '/var/lib/cantondex';

/** Decides who runs PostgreSQL's programs, and makes what that user needs. */
export async function chooseServerUser(binaries: string, folder: DataFolder, say: Say): Promise<ServerUser> {
  const direct: ServerUser = { prefix: [], identity: {}, binaries, home: folder.path };
  if (process.getuid?.() !== 0) return direct;
  const why = await whyNotInNamespace(binaries, folder);
  if (why === null) return { ...direct, prefix: UNSHARE };
  const made = join(folder.path, `postgres-${POSTGRES.major}`);
  if (existsSync(made)) {
    const owner = statSync(made).uid;
    throw new Error(
      `${why}, and ${made} belongs to the user with id ${owner}: start as that user and as before, or give another --data DIR.`,
    );
  }
  return asAnotherUser(binaries, folder, why, say);
}

/** Why PostgreSQL cannot run in a user namespace with these files; null when it can. */
async function whyNotInNamespace(binaries: string, folder: DataFolder): Promise<string | null> {
  const [unshare, ...args] = UNSHARE;
  const works = async (...command: string[]) => (await run(unshare, [...args, ...command], { cwd: '/' })).code === 0;
  if (!(await works('true'))) return 'User namespaces are not allowed here';
  if (!(await works(join(binaries, 'bin', 'postgres'), '--version'))) {
    return `A user namespace cannot reach ${binaries}`;
  }
  if (!(await works('test', '-w', folder.path))) return `A user namespace cannot write to ${folder.path}`;
  return existsSync(join(folder.path, OTHER_HOME)) ? `${folder.path} was begun as another user` : null;
}

async function asAnotherUser(binaries: string, folder: DataFolder, why: string, say: Say): Promise<ServerUser> {
  const { name, uid, gid } = await otherUser();
  const reachable = await reachableBinaries(binaries, uid, gid);
  const home = await reachableHome(folder, name, uid, gid);
  const copied = reachable === binaries ? '' : `, its programs copied to ${reachable}`;
  say(`${why}, and PostgreSQL does not run as root: it runs as user ${name}${copied}, its data in ${home}.`);
  return { prefix: [], identity: { uid, gid }, binaries: reachable, home };
}

async function otherUser(): Promise<{ name: string; uid: number; gid: number }> {
  for (const name of OTHER_USERS) {
    const [uid, gid] = [await run('id', ['-u', name]), await run('id', ['-g', name])];
    if (uid.code === 0 && gid.code === 0) return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(
    `PostgreSQL does not run as root, not in a user namespace either, and there is no user ` +
      `${OTHER_USERS.join(' or ')}: start as a plain user.`,
  );
}

async function reachableBinaries(binaries: string, uid: number, gid: number): Promise<string> {
  const version = async (folder: string) => run(join(folder, 'bin', 'postgres'), ['--version'], { uid, gid, cwd: '/' });
  const here = await version(binaries);
  if (here.code === 0) return binaries;
  const stamp = createHash('sha256')
    .update(`${basename(dirname(binaries))} ${statSync(join(binaries, 'bin', 'postgres')).size}`)
    .digest('hex');
  const copy = join(SHARED_HOME, `postgres-${stamp.slice(0, 12)}`);
  if (!existsSync(copy)) copyAtOnce(binaries, copy);
  const there = await version(copy);
  if (there.code === 0) return copy;
  throw new Error(`PostgreSQL's programs do not run as another user: ${there.stderr.trim()}. Start as a plain user.`);
}

function copyAtOnce(from: string, to: string): void {
  const beside = `${to}.${process.pid}`;
  mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 });
  cpSync(from, beside, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(beside, to);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (!existsSync(to)) throw error; // else another start copied it just now
  }
}

async function reachableHome(folder: DataFolder, name: string, uid: number, gid: number): Promise<string> {
  const reaches = async () => (await run('/bin/sh', ['-c', 'cd "$0"', folder.path], { uid, gid, cwd: '/' })).code === 0;
  if (!folder.explicit) chmodSync(folder.path, 0o711); // ours: others may pass through, not look around
  if (await reaches()) return ownedBy(join(folder.path, OTHER_HOME), uid, gid);
  if (folder.explicit) {
    throw new Error(
      `User ${name}, as whom PostgreSQL runs here, cannot reach ${folder.path}: ` +
        `open the folders above it (chmod o+x), or give another with --data DIR, or start as a plain user.`,
    );
  }
  const id = createHash('sha256').update(folder.path).digest('hex').slice(0, 12);
  return ownedBy(join(SHARED_HOME, id), uid, gid);
}

function ownedBy(path: string, uid: number, gid: number): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chownSync(path, uid, gid);
  return path;
}
