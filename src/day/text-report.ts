import Table from 'cli-table3';
import { settlementWorkflowId } from '../protocol/temporal/names';
import { formatAmount } from '../domain/money';
import type { OutcomeRow } from '../postgres/queries/day';
import type { VerifyReport } from '../verify/run-verify';
import type { DayReport, Summary } from './report';

/** Where to look and how to call, for the report's links and commands. */
export interface ReportPlace {
  readonly temporalUi: string;
  readonly namespace: string;
  /** 'npx cantondex', with --data where the default folder is not meant. */
  readonly cli: string;
}

/** What can be tried next with a failed trade; `short` is what its account lacks, if it lacks anything. */
export interface Suggestion {
  readonly row: OutcomeRow;
  readonly remedy:
    | { readonly kind: 'credit'; readonly account: string; readonly asset: string; readonly short: string }
    | { readonly kind: 'activate'; readonly account: string }
    | { readonly kind: 'none' };
}

const SHOWN = 5;

/** The report of a day for people. */
export function textReport(
  report: DayReport,
  verification: VerifyReport,
  suggestion: Suggestion | null,
  place: ReportPlace,
): string {
  return [
    headline(report.summary),
    failuresPart(report.failed, place),
    rejectionsPart(report.summary),
    movedPart(report),
    verifyPart(verification),
    suggestion === null ? null : suggestionPart(suggestion, place),
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

function headline(s: Summary): string {
  const rows = [
    ['Settled', `${s.settled} of ${s.submitted}`],
    ['Failed or parked', String(s.failed)],
    ['Refused', String(s.rejected)],
    ['Known from before', String(s.duplicates)],
    [
      'Took',
      s.seconds === 0 ? 'nothing was left to do' : `${s.seconds.toFixed(1)} s, ${s.trades_per_second} trades a second`,
    ],
    [
      'Accepted to settled',
      s.latency_ms === null ? '-' : `p50 ${seconds(s.latency_ms.p50)}, p99 ${seconds(s.latency_ms.p99)}`,
    ],
  ];
  return `The day has ended.\n${tableOf(null, rows)}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function failuresPart(failed: readonly OutcomeRow[], place: ReportPlace): string | null {
  if (failed.length === 0) return null;
  const shown = failed.slice(0, SHOWN);
  const rows = shown.map((row) => [
    row.trade_id,
    row.closed_at === null ? 'parked' : 'closed',
    row.failure_code ?? '',
    row.failure_reason ?? '',
  ]);
  const links = shown.map((row) => `  ${workflowLink(row.trade_id, place)}`);
  return [
    `Failed, with the reason${shown.length < failed.length ? ` (the first ${shown.length} of ${failed.length})` : ''}:`,
    tableOf(['trade', 'phase', 'code', 'why'], rows),
    'In the Temporal UI:',
    ...links,
  ].join('\n');
}

/** Where the Temporal UI shows the workflow of a trade. */
export function workflowLink(tradeId: string, { temporalUi, namespace }: Omit<ReportPlace, 'cli'>): string {
  const id = encodeURIComponent(settlementWorkflowId(tradeId));
  return `${temporalUi.replace(/\/$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${id}`;
}

function rejectionsPart({ rejections }: Summary): string | null {
  if (rejections.length === 0) return null;
  const shown = rejections.slice(0, SHOWN);
  const rows = shown.map(({ line, code, field, reason }) => [String(line), code, field ?? '-', reason]);
  return `Refused, nothing of it was written${shown.length < rejections.length ? ` (the first ${shown.length} of ${rejections.length})` : ''}:\n${tableOf(['line', 'code', 'field', 'why'], rows)}`;
}

function movedPart({ moved }: DayReport): string | null {
  if (moved.length === 0) return null;
  const cell = (amount: string) => (amount === '0' ? '-' : formatAmount(amount));
  const rows = moved.map(({ asset, securities, cash, fees }) => [asset, cell(securities), cell(cash), cell(fees)]);
  return `Moved by what settled:\n${tableOf(['asset', 'delivered', 'paid', 'commissions'], rows, [1, 2, 3])}`;
}

function verifyPart({ ok, checks }: VerifyReport): string {
  const rows = checks.map((check) => (check.ok ? [check.name, 'ok'] : [check.name, 'BROKEN', check.detail]));
  const width = Math.max(...rows.map((row) => row.length));
  const table = tableOf(
    null,
    rows.map((row) => [...row, ...Array<string>(width - row.length).fill('')]),
  );
  return `Verify: ${ok ? 'every invariant holds' : 'NOT every invariant holds'}.\n${table}`;
}

/** Each check of verify as a line of a table. */
export function verifyTable({ checks }: VerifyReport): string {
  return tableOf(
    ['check', '', 'detail'],
    checks.map(({ name, ok, detail }) => [name, ok ? 'ok' : 'BROKEN', detail]),
  );
}

function suggestionPart({ row, remedy }: Suggestion, { cli }: ReportPlace): string {
  const steps = {
    credit: () =>
      remedy.kind === 'credit'
        ? `${cli} accounts credit ${remedy.account} ${remedy.asset} ${remedy.short} --reason "funded by the client"`
        : '',
    activate: () =>
      remedy.kind === 'activate' ? `${cli} accounts activate ${remedy.account} --reason "cleared by compliance"` : '',
    none: () => '',
  };
  const first = steps[remedy.kind]();
  return [
    'What to try next: settle a parked trade.',
    ...(first === '' ? [] : [`  ${first}`]),
    `  ${cli} settlements retry ${row.trade_id} --reason "try again"`,
    `  ${cli} settlements show ${row.trade_id}`,
  ].join('\n');
}

const PLAIN_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, '']),
  ),
);

/** An aligned table without lines, columns of `right` flush right. */
export function tableOf(
  head: readonly string[] | null,
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const columns = (head ?? rows[0] ?? []).length;
  const table = new Table({
    ...(head === null ? {} : { head: [...head] }),
    chars: { ...PLAIN_BORDERS, mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '', middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: Array.from({ length: columns }, (_, index) => (right.includes(index) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}
