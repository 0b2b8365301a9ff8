import { sql } from '../../postgres/sql';
import { sqlCheck } from '../check';
import { brokenPaths, rowsOffLastEvent } from '../faults/settlements';

const pathIsBroken = sql.fragment`f.settlement_id in (select b.settlement_id from (${brokenPaths}) b)`;
const attemptIsWrong = sql.fragment`f.settlement_id in (select r.settlement_id from (${rowsOffLastEvent}) r)`;

/** What the events of the current attempt (and, for marks that outlive an attempt, all events) say that the row should be. */
const foldedEvents = sql.fragment`
  select
    s.id as settlement_id,
    min(e.recorded_at) filter (where e.seq = 1) as created_at,
    max(e.recorded_at) filter (where e.attempt = s.attempt and e.kind = 'step' and e.to_status = 'initiated') as initiated_at,
    max(e.recorded_at) filter (where e.attempt = s.attempt and e.kind = 'step' and e.to_status = 'confirmed') as confirmed_at,
    max(e.recorded_at) filter (where e.attempt = s.attempt and e.kind = 'step' and e.to_status = 'settled') as settled_at,
    max(e.recorded_at) filter (where e.attempt = s.attempt and e.kind = 'step' and e.to_status = 'failed') as failed_at,
    max(e.recorded_at) filter (where e.attempt = s.attempt and e.kind = 'parked') as parked_since,
    max(e.recorded_at) filter (where e.kind = 'closed' or (e.kind = 'step' and e.to_status = 'settled')) as last_closed_at,
    coalesce(max(e.seq) filter (where e.kind = 'closed' or (e.kind = 'step' and e.to_status = 'settled')), 0)
      > coalesce(max(e.seq) filter (where e.kind = 'reopened'), 0) as is_closed,
    coalesce(max(e.seq) filter (where e.kind = 'paused'), 0) > coalesce(max(e.seq) filter (where e.kind = 'resumed'), 0) as paused,
    case when not bool_or(e.attempt = s.attempt and e.kind in ('parked', 'closed'))
      then max(e.next_attempt_at) filter (where e.attempt = s.attempt and e.kind = 'step') end as next_attempt_at,
    coalesce(
      max(e.failure_code) filter (where e.attempt = s.attempt and e.kind = 'closed'),
      max(e.failure_code) filter (where e.attempt = s.attempt and e.kind = 'step')
    ) as failure_code,
    coalesce(
      max(e.reason) filter (where e.attempt = s.attempt and e.kind = 'closed' and e.failure_code is not null),
      max(e.reason) filter (where e.attempt = s.attempt and e.kind = 'step' and e.failure_code is not null)
    ) as failure_reason,
    (array_agg(e.lane order by e.seq desc) filter (where e.kind = 'lane'))[1] as lane,
    (array_agg(e.settlement_date order by e.seq desc) filter (where e.kind = 'rolled'))[1] as settlement_date,
    (array_agg(e.deadline_at order by e.seq desc) filter (where e.kind = 'reopened'))[1] as deadline_at
  from settlements s
  join settlement_events e on e.settlement_id = s.id
  group by s.id
`;

export const eventsAreALegalPath = sqlCheck({
  name: '5-events-are-a-legal-path',
  claim:
    "Each settlement's events are numbered without a gap and follow one another as the table of legal changes allows.",
  findings: sql.fragment`
    select b.settlement_id, format('Settlement %s: %s.', b.settlement_id, b.problem) as problem
    from (${brokenPaths}) b
  `,
});

export const rowsEndWhereTheirEventsEnd = sqlCheck({
  name: '5-row-ends-where-its-events-end',
  claim: "Each settlement's status, attempt and retry_count are those of its last event.",
  findings: sql.fragment`
    select
      r.settlement_id,
      format('Settlement %s is %s in attempt %s after %s retries; its last event, %s, says %s in attempt %s.', r.settlement_id,
        r.status, r.attempt, r.retry_count, r.seq, r.event_status, r.event_attempt) as problem
    from (${rowsOffLastEvent}) r
  `,
  unless: [pathIsBroken],
});

// recorded_at need not grow along a path: it is when a transaction began, and one may have waited for the row's lock.
export const timesAreThoseOfTheEvents = sqlCheck({
  name: '5-times-are-those-of-the-events',
  claim: "Each settlement's times are those at which the events that they stand for were recorded.",
  findings: sql.fragment`
    select
      s.id as settlement_id,
      format('Settlement %s: %s.', s.id, concat_ws(', ',
        case when s.created_at is distinct from e.created_at
          then format('created_at %s should be %s', s.created_at, e.created_at) end,
        case when s.initiated_at is distinct from e.initiated_at
          then format('initiated_at %s should be %s', coalesce(s.initiated_at::text, 'null'), coalesce(e.initiated_at::text, 'null')) end,
        case when s.confirmed_at is distinct from e.confirmed_at
          then format('confirmed_at %s should be %s', coalesce(s.confirmed_at::text, 'null'), coalesce(e.confirmed_at::text, 'null')) end,
        case when s.settled_at is distinct from e.settled_at
          then format('settled_at %s should be %s', coalesce(s.settled_at::text, 'null'), coalesce(e.settled_at::text, 'null')) end,
        case when s.failed_at is distinct from e.failed_at
          then format('failed_at %s should be %s', coalesce(s.failed_at::text, 'null'), coalesce(e.failed_at::text, 'null')) end,
        case when s.parked_since is distinct from e.parked_since
          then format('parked_since %s should be %s', coalesce(s.parked_since::text, 'null'), coalesce(e.parked_since::text, 'null')) end,
        case when s.closed_at is distinct from e.closed_at
          then format('closed_at %s should be %s', coalesce(s.closed_at::text, 'null'), coalesce(e.closed_at::text, 'null')) end
      )) as problem
    from settlements s
    join (
      select x.*, case when x.is_closed then x.last_closed_at end as closed_at
      from (${foldedEvents}) x
    ) e on e.settlement_id = s.id
    where (s.created_at, s.initiated_at, s.confirmed_at, s.settled_at, s.failed_at, s.parked_since, s.closed_at)
      is distinct from (e.created_at, e.initiated_at, e.confirmed_at, e.settled_at, e.failed_at, e.parked_since, e.closed_at)
  `,
  unless: [pathIsBroken, attemptIsWrong],
});

export const marksAreThoseOfTheEvents = sqlCheck({
  name: '5-marks-are-those-of-the-events',
  claim:
    "Each settlement's paused, next_attempt_at, failure_code, failure_reason, lane, settlement_date and deadline_at are what its events say, and none waits after its swap or failure.",
  findings: sql.fragment`
    select
      s.id as settlement_id,
      format('Settlement %s has (paused, next_attempt_at, failure_code, failure_reason, lane, settlement_date, deadline_at) %s and should have %s.',
        s.id, (s.paused, s.next_attempt_at, s.failure_code, s.failure_reason, s.lane, s.settlement_date, s.deadline_at),
        (e.paused, e.next_attempt_at, e.failure_code, e.failure_reason, coalesce(e.lane, s.lane),
          coalesce(e.settlement_date, s.intended_settlement_date), coalesce(e.deadline_at, s.deadline_at))) as problem
    from settlements s
    join (${foldedEvents}) e on e.settlement_id = s.id
    where (s.paused, s.next_attempt_at, s.failure_code, s.failure_reason, s.lane, s.settlement_date, s.deadline_at)
      is distinct from (e.paused, e.next_attempt_at, e.failure_code, e.failure_reason, coalesce(e.lane, s.lane),
        coalesce(e.settlement_date, s.intended_settlement_date), coalesce(e.deadline_at, s.deadline_at))
    union all
    select s.id, format('Settlement %s is %s and waits since %s.', s.id, s.status, s.waiting_since)
    from settlements s
    where s.waiting_since is not null and s.status in ('confirmed', 'settled', 'failed')
  `,
  unless: [pathIsBroken, attemptIsWrong],
});
