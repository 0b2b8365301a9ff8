import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from './project-root';

/** A process, known by its id and its start time, because ids are used again. */
interface ProcessIdentity {
  readonly pid: number;
  readonly started: string | null;
}

interface LockHolder extends ProcessIdentity {
  readonly since: string;
}

interface ProcessLock {
  readonly LockHeldError: new (file: string, holder: LockHolder) => Error & { readonly holder: LockHolder };
  acquireLock(file: string): { release(): void };
  holderOf(file: string): LockHolder | null;
  isRunning(who: ProcessIdentity): boolean;
  startedAt(pid: number): string | null;
}

/** The rules that we share with the bootstrap; they are not compiled, so dist/ reads them from src/. */
export const processLock = createRequire(__filename)(
  join(projectRoot(), 'src', 'embedded', 'process-lock.cjs'),
) as ProcessLock;
