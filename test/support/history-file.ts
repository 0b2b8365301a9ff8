import { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;
const { History } = temporal.api.history.v1;

/** A workflow's history as it is kept in a file. */
export interface RecordedHistory {
  /** What the workflow went through, in words. */
  readonly path: string;
  readonly workflowId: string;
  /** As protobufjs writes it, with enums as names: the SDK's historyToJSON fails where npm installs protobufjs twice. */
  readonly history: Readonly<Record<string, unknown>>;
}

export function writeHistory(path: string, workflowId: string, history: History): string {
  const plain = History.toObject(History.fromObject(history), { longs: String, enums: String, bytes: String });
  return `${JSON.stringify({ path, workflowId, history: plain }, withoutMachine, 1)}\n`;
}

export function readHistory(text: string): RecordedHistory {
  return JSON.parse(text) as RecordedHistory;
}

/** The history as the SDK replays it. */
export function historyOf({ history }: RecordedHistory): History {
  return History.fromObject(history);
}

/** Stack traces and the names of workers name files and hosts of the machine that recorded; no replay reads them. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'stackTrace' || key === 'identity') return undefined;
  return typeof value === 'string' && /^\d+@/.test(value) ? 'a worker' : value;
}
