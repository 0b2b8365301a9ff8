import { userInfo } from 'node:os';

/** Who runs this program, for the books; `uid:<n>` where the system has no name for the user id (a container, often). */
export function userName(ask: () => { readonly username: string } = userInfo): string {
  try {
    return ask().username;
  } catch {
    return `uid:${process.getuid?.() ?? 'unknown'}`;
  }
}
