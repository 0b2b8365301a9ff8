import { sql } from '../../../src/postgres/sql';
import { GUARDS } from '../../../src/verify/checks/05-guards';
import { type Damage, dropConstraint, setRow, removeEvent, lastSeq, legalise } from './damage';

/** Damages to invariant 5: events, and the row they lead to. */
export const DAMAGES_5: readonly Damage[] = [
  {
    what: 'the first event is gone',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [removeEvent(settled.id, sql.fragment`1`)],
  },
  {
    what: 'an event in the middle is gone',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [removeEvent(settled.id, sql.fragment`3`)],
  },
  {
    what: 'the last event is gone',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [removeEvent(settled.id, lastSeq(settled.id))],
  },
  {
    what: 'an event in the middle is gone, the others renumbered',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [
      removeEvent(settled.id, sql.fragment`3`),
      dropConstraint('settlement_events', 'settlement_events_seq_key'),
      sql.void`update settlement_events set seq = seq - 1 where settlement_id = ${settled.id} and seq > 3`,
      sql.void`update outbox set event_seq = event_seq - 1 where settlement_id = ${settled.id} and event_seq > 3`,
      setRow(settled.id, sql.fragment`event_seq = event_seq - 1`),
    ],
  },
  {
    what: 'an event says another status before',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [
      sql.void`update settlement_events set from_status = 'pending' where settlement_id = ${settled.id} and seq = 3`,
    ],
  },
  {
    what: 'an illegal step',
    red: '5-events-are-a-legal-path',
    by: ({ settled }) => [
      sql.void`insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor)
        select id, event_seq + 1, 'step', 'settled', 'failed', attempt, 'test' from settlements where id = ${settled.id}`,
      dropConstraint('settlements', 'settlements_failed_says_why'),
      setRow(settled.id, sql.fragment`event_seq = event_seq + 1, status = 'failed'`),
    ],
  },
  {
    what: 'a cancelled settlement was reopened',
    red: '5-events-are-a-legal-path',
    by: ({ cancelled }) => [
      sql.void`insert into settlement_events (settlement_id, seq, kind, from_status, to_status, attempt, actor, deadline_at)
        select id, event_seq + 1, 'reopened', 'failed', 'failed', attempt, 'test', deadline_at
        from settlements where id = ${cancelled.id}`,
      setRow(cancelled.id, sql.fragment`event_seq = event_seq + 1, closed_at = null`),
    ],
  },
  {
    what: 'an attempt is missing in the events',
    red: '5-events-are-a-legal-path',
    by: ({ retried }) => [
      sql.void`update settlement_events set attempt = 1 where settlement_id = ${retried.id}`,
      setRow(retried.id, sql.fragment`attempt = 1, retry_count = 0`),
    ],
  },
  {
    what: 'a jumped status',
    red: '5-row-ends-where-its-events-end',
    by: ({ future }) => [setRow(future.id, sql.fragment`status = 'confirmed'`)],
  },
  {
    what: 'a locked settlement called settled',
    red: '5-row-ends-where-its-events-end',
    by: ({ paused }) => [
      dropConstraint('settlements', 'settlements_settled_is_closed'),
      setRow(paused.id, sql.fragment`status = 'settled'`),
    ],
  },
  {
    what: 'a settled settlement called failed',
    red: '5-row-ends-where-its-events-end',
    by: ({ settled }) => [
      dropConstraint('settlements', 'settlements_failed_says_why'),
      setRow(settled.id, sql.fragment`status = 'failed'`),
    ],
  },
  {
    what: 'a wrong attempt',
    red: '5-row-ends-where-its-events-end',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`attempt = 2, retry_count = 1`)],
  },
  {
    what: 'a wrong retry_count',
    red: '5-row-ends-where-its-events-end',
    by: ({ retried }) => [
      dropConstraint('settlements', 'settlements_attempt'),
      setRow(retried.id, sql.fragment`retry_count = 0`),
    ],
  },
  {
    what: 'a time of settlement that no event has',
    red: '5-times-are-those-of-the-events',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`settled_at = settled_at + interval '1 second'`)],
  },
  {
    what: 'a settlement of which nobody knows that it is closed',
    red: '5-times-are-those-of-the-events',
    by: ({ cancelled }) => [setRow(cancelled.id, sql.fragment`closed_at = null`)],
  },
  {
    what: 'a parked settlement that does not say so',
    red: '5-times-are-those-of-the-events',
    by: ({ parked }) => [setRow(parked.id, sql.fragment`parked_since = null`)],
  },
  {
    what: 'the failure of an earlier attempt is left',
    red: '5-marks-are-those-of-the-events',
    by: ({ retried }) => [
      setRow(retried.id, sql.fragment`failure_code = 'INSUFFICIENT_CASH', failure_reason = 'Buyer is short.'`),
    ],
  },
  {
    what: 'another failure code',
    red: '5-marks-are-those-of-the-events',
    by: ({ cancelled }) => [setRow(cancelled.id, sql.fragment`failure_code = 'INSUFFICIENT_CASH'`)],
  },
  {
    what: 'a paused settlement that does not say so',
    red: '5-marks-are-those-of-the-events',
    by: ({ paused }) => [setRow(paused.id, sql.fragment`paused = false`)],
  },
  {
    what: 'a retry is never due',
    red: '5-marks-are-those-of-the-events',
    by: ({ retrying }) => [setRow(retrying.id, sql.fragment`next_attempt_at = null`)],
  },
  {
    what: 'a settlement date that nothing rolled',
    red: '5-marks-are-those-of-the-events',
    by: ({ future }) => [setRow(future.id, sql.fragment`settlement_date = settlement_date - 1`)],
  },
  {
    what: 'another deadline than that of the reopening',
    red: '5-marks-are-those-of-the-events',
    by: ({ reopened }) => [setRow(reopened.id, sql.fragment`deadline_at = deadline_at + interval '1 day'`)],
  },
  {
    what: 'a settled settlement waits',
    red: '5-marks-are-those-of-the-events',
    by: ({ settled }) => [setRow(settled.id, sql.fragment`waiting_since = now()`)],
  },
  {
    what: 'a failed settlement waits',
    red: '5-marks-are-those-of-the-events',
    by: ({ parked }) => [setRow(parked.id, sql.fragment`waiting_since = now()`)],
  },
  {
    what: 'a legal change is missing in the table',
    red: '5-guards-stand',
    by: () => [sql.void`delete from settlement_transitions where kind = 'parked'`],
  },
  {
    what: 'an illegal change is in the table',
    red: '5-guards-stand',
    by: () => [legalise('settled', 'failed')],
  },
  {
    what: 'the trigger that applies events is gone',
    red: '5-guards-stand',
    by: () => [sql.void`drop trigger apply_settlement_events on settlement_events`],
  },
  {
    what: 'a guard fires at less than it should',
    red: '5-guards-stand',
    by: () => [
      sql.void`create or replace trigger refuse_rewriting before truncate on postings
        for each statement execute function refuse_rewriting()`,
    ],
  },
  {
    what: 'a guard fires in replicas only',
    red: '5-guards-stand',
    by: () => [sql.void`alter table holds enable replica trigger guard_holds`],
  },
  ...GUARDS.map(({ table, trigger }) => ({
    what: `the trigger ${trigger} on ${table} is switched off`,
    red: '5-guards-stand',
    by: () => [sql.void`alter table ${sql.identifier([table])} disable trigger ${sql.identifier([trigger])}`],
  })),
];
