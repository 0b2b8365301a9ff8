import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { DataFolder } from './data-folder';
import type { Say } from './ports';
import { run } from './processes';

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
const SHARED_HOME = '/var/lib/cantondex';

/** Decides who runs PostgreSQL's programs, and makes what that user needs. */
export async function chooseServerUser(binaries: string, folder: DataFolder, say: Say): Promise<ServerUser> {
  const direct: ServerUser = { prefix: [], identity: {}, binaries, home: folder.path };
  if (process.getuid?.() !== 0) return direct;
  const inNamespace = { ...direct, prefix: UNSHARE };
  const postgres = join(binaries, 'bin', 'postgres');
  const [program, ...args] = [...UNSHARE, postgres, '--version'];
  if ((await run(program, args)).code === 0) return inNamespace;
  return asAnotherUser(binaries, folder, say);
}

async function asAnotherUser(binaries: string, folder: DataFolder, say: Say): Promise<ServerUser> {
  const { name, uid, gid } = await otherUser();
  const reachable = await reachableBinaries(binaries, uid, gid);
  const home = await reachableHome(folder, name, uid, gid);
  say(
    `PostgreSQL does not run as root, and user namespaces are not allowed here: it runs as user ${name}` +
      `${reachable === binaries ? '' : `, its programs copied to ${reachable}`}, its data in ${home}.`,
  );
  return { prefix: [], identity: { uid, gid }, binaries: reachable, home };
}

async function otherUser(): Promise<{ name: string; uid: number; gid: number }> {
  for (const name of OTHER_USERS) {
    const [uid, gid] = [await run('id', ['-u', name]), await run('id', ['-g', name])];
    if (uid.code === 0 && gid.code === 0) return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  }
  throw new Error(
    `PostgreSQL does not run as root, user namespaces are not allowed here and there is no user ` +
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
  if (!folder.explicit) chmodSync(folder.path, 0o711);
  if (await reaches()) return ownedBy(join(folder.path, 'postgres'), uid, gid);
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
