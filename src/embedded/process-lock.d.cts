export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string | null;
}

export interface LockHolder extends ProcessIdentity {
  readonly since: string;
}

export interface Lock {
  namesChild(pid: number): void;
  release(): void;
}

export declare class LockHeldError extends Error {
  readonly holder: LockHolder;
  constructor(file: string, holder: LockHolder);
}

export declare function acquireLock(file: string): Lock;
export declare function holderOf(file: string): LockHolder | null;
export declare function isRunning(who: ProcessIdentity | null | undefined): boolean;
export declare function startedAt(pid: number): string | null;
