-- Up Migration

-- Instruments ------------------------------------------------------------------------------------

create table instruments (
  symbol varchar(20) primary key,
  base varchar(10) not null,
  quote varchar(10) not null,
  quantity_scale int not null,
  price_scale int not null,
  cash_scale int not null,
  status text not null default 'active',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint instruments_symbol_is_pair check (symbol = base || '-' || quote),
  constraint instruments_two_assets check (base <> quote),
  constraint instruments_scales check (
    quantity_scale between 0 and 18 and price_scale between 0 and 18 and cash_scale between 0 and 18
  ),
  constraint instruments_status check (status in ('active', 'halted'))
);

-- Accounts: the seed's, and what kind they are ------------------------------------------------------

alter table accounts
  add column kind text not null default 'customer',
  add constraint accounts_kind check (kind in ('customer', 'fees', 'custody', 'receivables'));

insert into users (id, email, password_hash, first_name, last_name)
values ('00000000-0000-5000-8000-000000000000', 'system@cantondex.invalid', '!', 'CantonDEX', 'System');

-- System accounts have postings and no balances row: a shared fees row would be a serial lock.
insert into accounts (id, user_id, account_number, account_type, kind)
values
  ('00000000-0000-5000-8000-000000000001', '00000000-0000-5000-8000-000000000000', 'SYS-FEES', 'custody', 'fees'),
  ('00000000-0000-5000-8000-000000000002', '00000000-0000-5000-8000-000000000000', 'SYS-CUSTODY', 'custody', 'custody'),
  ('00000000-0000-5000-8000-000000000003', '00000000-0000-5000-8000-000000000000', 'SYS-RECEIVABLES', 'custody', 'receivables');

create unique index accounts_one_of_each_system_kind on accounts (kind) where kind <> 'customer';

-- Trades: what was accepted, whole ----------------------------------------------------------------

alter table trades
  add column accepted_event jsonb not null,
  add column terms_hash text not null,
  alter column matching_engine_trade_id set not null,
  add constraint trades_symbol_fkey foreign key (symbol) references instruments (symbol) on delete restrict;

-- Settlements -------------------------------------------------------------------------------------

create sequence settlements_accept_seq;

alter table settlements
  add column base_asset varchar(10) not null,
  add column quote_asset varchar(10) not null,
  add column buyer_commission amount not null,
  add column seller_commission amount not null,
  add column accept_seq bigint not null,
  add column event_seq int not null default 0,
  add column lane text not null default 'single',
  add column attempt int not null default 1,
  add column failure_code text,
  add column paused boolean not null default false,
  add column intended_settlement_date date not null,
  add column waiting_since timestamptz,
  add column next_attempt_at timestamptz,
  add column parked_since timestamptz,
  add column deadline_at timestamptz not null,
  add column closed_at timestamptz,
  add constraint settlements_accept_seq_key unique (accept_seq),
  add constraint settlements_symbol_fkey foreign key (symbol) references instruments (symbol) on delete restrict,
  add constraint settlements_commissions check (
    buyer_commission between 0 and amount and seller_commission between 0 and amount
  ),
  add constraint settlements_lane check (lane in ('single', 'bulk', 'net')),
  add constraint settlements_attempt check (attempt >= 1 and retry_count = attempt - 1),
  add constraint settlements_failed_says_why check (
    status <> 'failed' or (failure_code is not null and failure_reason is not null and failed_at is not null)
  ),
  add constraint settlements_settled_is_closed check (status <> 'settled' or (settled_at is not null and closed_at is not null)),
  add constraint settlements_closed_is_over check (closed_at is null or status in ('settled', 'failed')),
  add constraint settlements_parked_is_failed check (parked_since is null or status = 'failed'),
  add constraint settlements_next_attempt_is_failed check (next_attempt_at is null or status = 'failed');

-- The line (docs/ARCHITECTURE.md): who was accepted earlier, and has not left. Read at each lock by account.
create index settlements_line_seller on settlements (seller_account_id, accept_seq)
  where status in ('pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'executing');
create index settlements_line_buyer on settlements (buyer_account_id, accept_seq)
  where status in ('pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'executing');
-- The sweeper's: what is still open, oldest first.
create index settlements_open on settlements (accept_seq) where closed_at is null;

alter table settlements set (fillfactor = 70);

create table settlement_transitions (
  kind text not null,
  from_status settlement_status,
  to_status settlement_status not null,
  constraint settlement_transitions_key unique nulls not distinct (kind, from_status, to_status)
);

insert into settlement_transitions (kind, from_status, to_status)
values
  ('step', null, 'pending'),
  ('step', 'pending', 'initiated'),
  ('step', 'pending', 'failed'),
  ('step', 'initiated', 'seller_securities_locked'),
  ('step', 'initiated', 'failed'),
  ('step', 'seller_securities_locked', 'buyer_cash_locked'),
  ('step', 'seller_securities_locked', 'failed'),
  ('step', 'buyer_cash_locked', 'executing'),
  ('step', 'buyer_cash_locked', 'failed'),
  ('step', 'executing', 'confirmed'),
  ('step', 'executing', 'partially_settled'),
  ('step', 'executing', 'failed'),
  ('step', 'partially_settled', 'executing'),
  ('step', 'partially_settled', 'settled'),
  ('step', 'partially_settled', 'failed'),
  ('step', 'confirmed', 'settled'),
  ('step', 'failed', 'initiated'),
  ('parked', 'failed', 'failed'),
  ('closed', 'failed', 'failed'),
  ('reopened', 'failed', 'failed'),
  ('paused', 'pending', 'pending'),
  ('paused', 'initiated', 'initiated'),
  ('paused', 'seller_securities_locked', 'seller_securities_locked'),
  ('paused', 'buyer_cash_locked', 'buyer_cash_locked'),
  ('paused', 'failed', 'failed'),
  ('resumed', 'pending', 'pending'),
  ('resumed', 'initiated', 'initiated'),
  ('resumed', 'seller_securities_locked', 'seller_securities_locked'),
  ('resumed', 'buyer_cash_locked', 'buyer_cash_locked'),
  ('resumed', 'failed', 'failed'),
  ('lane', 'pending', 'pending'),
  ('rolled', 'pending', 'pending'),
  ('rolled', 'initiated', 'initiated'),
  ('rolled', 'seller_securities_locked', 'seller_securities_locked'),
  ('rolled', 'buyer_cash_locked', 'buyer_cash_locked'),
  ('rolled', 'failed', 'failed');

-- The only door to a settlement's state: the trigger apply_settlement_events checks each step and writes the row.
create table settlement_events (
  id bigint generated always as identity primary key,
  settlement_id uuid not null references settlements (id) on delete restrict,
  seq int not null,
  kind text not null,
  from_status settlement_status,
  to_status settlement_status not null,
  attempt int not null,
  actor text not null,
  reason text,
  recorded_at timestamptz not null default now(),
  failure_code text,
  next_attempt_at timestamptz,
  deadline_at timestamptz,
  lane text,
  settlement_date date,
  dvp_contract_id varchar(255),
  seller_securities_ledger_ref varchar(255),
  buyer_cash_ledger_ref varchar(255),
  dvp_atomic_transaction_id varchar(255),
  buyer_securities_ledger_ref varchar(255),
  seller_cash_ledger_ref varchar(255),
  constraint settlement_events_seq_key unique (settlement_id, seq),
  constraint settlement_events_kind check (
    kind in ('step', 'parked', 'paused', 'resumed', 'closed', 'reopened', 'lane', 'rolled')
  ),
  constraint settlement_events_mark_keeps_status check (kind = 'step' or from_status = to_status),
  constraint settlement_events_actor check (actor <> '')
);

-- The ledger --------------------------------------------------------------------------------------

create table balances (
  account_id uuid not null references accounts (id) on delete restrict,
  asset varchar(10) not null,
  available amount not null default 0,
  reserved amount not null default 0,
  primary key (account_id, asset),
  constraint balances_available check (available >= 0),
  constraint balances_reserved check (reserved >= 0),
  -- The whole, so that no hold is too large to be given back.
  constraint balances_below_1e20 check (available + reserved < 1e20)
) with (fillfactor = 70);

create table holds (
  id uuid primary key,
  settlement_id uuid references settlements (id) on delete restrict,
  withdrawal_id uuid references withdrawals (id) on delete restrict,
  account_id uuid not null references accounts (id) on delete restrict,
  asset varchar(10) not null,
  amount amount not null,
  status text not null default 'active',
  idempotency_key text not null,
  payload_hash text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz,
  constraint holds_amount check (amount > 0),
  constraint holds_status check (status in ('active', 'consumed', 'released')),
  constraint holds_one_reason check (num_nonnulls(settlement_id, withdrawal_id) = 1),
  constraint holds_ended check ((status = 'active') = (ended_at is null))
);

create index holds_settlement_id on holds (settlement_id);

-- A lock that the ledger refused answers the same when it is asked again: id is the hold's, made of the same key.
create table hold_rejections (
  id uuid primary key,
  settlement_id uuid not null references settlements (id) on delete restrict,
  idempotency_key text not null,
  payload_hash text not null,
  failure_code text not null,
  failure_reason text not null,
  created_at timestamptz not null default now()
);

create table ledger_transactions (
  id uuid primary key,
  kind text not null,
  settlement_id uuid references settlements (id) on delete restrict,
  idempotency_key text not null,
  payload_hash text not null,
  actor text not null,
  reason text,
  created_at timestamptz not null default now(),
  constraint ledger_transactions_idempotency_key_key unique (idempotency_key),
  constraint ledger_transactions_kind check (kind in ('opening', 'adjustment', 'dvp', 'deposit', 'withdrawal')),
  constraint ledger_transactions_dvp_has_settlement check ((kind = 'dvp') = (settlement_id is not null))
);

-- One swap a settlement, whatever its key says.
create unique index ledger_transactions_one_swap on ledger_transactions (settlement_id) where kind = 'dvp';

create table postings (
  id bigint generated always as identity primary key,
  transaction_id uuid not null references ledger_transactions (id) on delete restrict,
  account_id uuid not null references accounts (id) on delete restrict,
  asset varchar(10) not null,
  amount amount not null
);

create index postings_transaction_id on postings (transaction_id);
create index postings_account_id_asset on postings (account_id, asset);

-- What the feed is made of; a sequencer gives committed rows their position.
create table outbox (
  id bigint generated always as identity primary key,
  settlement_id uuid not null references settlements (id) on delete restrict,
  event_seq int not null,
  type text not null,
  payload jsonb not null,
  recorded_at timestamptz not null default now(),
  position bigint,
  constraint outbox_type check (type in ('accepted', 'parked', 'resumed', 'settled', 'failed', 'reopened')),
  constraint outbox_position_key unique (position)
);

-- Views: the shape of a settlement, and the line, each in one place ----------------------------------

-- A settlement as every reader gets it: amounts as decimal strings, times RFC 3339 UTC.
create view settlement_rows as
select
  s.id,
  t.matching_engine_trade_id as trade_id,
  s.symbol,
  s.base_asset,
  s.quote_asset,
  trim_scale(t.price)::text as price,
  trim_scale(s.quantity)::text as quantity,
  trim_scale(s.amount)::text as amount,
  trim_scale(s.buyer_commission)::text as buyer_commission,
  trim_scale(s.seller_commission)::text as seller_commission,
  s.buyer_account_id,
  s.seller_account_id,
  buyer.account_number as buyer_account_number,
  seller.account_number as seller_account_number,
  s.status,
  s.lane,
  s.accept_seq::text as accept_seq,
  s.event_seq,
  s.attempt,
  s.retry_count,
  s.paused,
  s.dvp_contract_id,
  s.dvp_atomic_transaction_id,
  s.seller_securities_ledger_ref,
  s.buyer_cash_ledger_ref,
  s.buyer_securities_ledger_ref,
  s.seller_cash_ledger_ref,
  s.failure_code,
  s.failure_reason,
  to_char(s.settlement_date, 'YYYY-MM-DD') as settlement_date,
  to_char(s.intended_settlement_date, 'YYYY-MM-DD') as intended_settlement_date,
  to_char(s.waiting_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as waiting_since,
  to_char(s.next_attempt_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as next_attempt_at,
  to_char(s.parked_since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as parked_since,
  to_char(s.deadline_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as deadline_at,
  to_char(s.initiated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as initiated_at,
  to_char(s.confirmed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as confirmed_at,
  to_char(s.settled_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as settled_at,
  to_char(s.failed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as failed_at,
  to_char(s.closed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as closed_at,
  to_char(s.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at,
  to_char(s.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as updated_at,
  case
    when s.closed_at is not null then 'closed'
    when s.paused then 'paused'
    when s.parked_since is not null then 'parked'
    when s.next_attempt_at is not null then 'retrying'
    when s.waiting_since is not null then 'waiting'
    else 'in_progress'
  end as phase,
  s.closed_at is not null as final
from settlements s
join trades t on t.id = s.trade_id
join accounts buyer on buyer.id = s.buyer_account_id
join accounts seller on seller.id = s.seller_account_id;

-- Who is in line, but for the date, which the reader compares with its own as_of.
create view settlements_in_line as
select s.*
from settlements s
where s.status in ('pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'executing')
  and not s.paused
  and s.lane <> 'net';

-- The two debits of each settlement in line. has_hold: the ledger holds it already. asks_now: it is the next lock to be taken.
create view line_debits as
select
  s.id as settlement_id, s.trade_id, s.accept_seq, s.settlement_date, s.waiting_since,
  s.seller_account_id as account_id, s.base_asset as asset, s.quantity as debit,
  s.status not in ('pending', 'initiated') as has_hold,
  s.status = 'initiated' as asks_now
from settlements_in_line s
union all
select
  s.id, s.trade_id, s.accept_seq, s.settlement_date, s.waiting_since,
  s.buyer_account_id, s.quote_asset, s.amount + s.buyer_commission,
  s.status in ('buyer_cash_locked', 'executing'),
  s.status = 'seller_securities_locked'
from settlements_in_line s;

-- The two credits that each settlement in line will bring.
create view line_credits as
select
  s.id as settlement_id, s.trade_id, s.accept_seq, s.settlement_date,
  s.buyer_account_id as account_id, s.base_asset as asset, s.quantity as credit
from settlements_in_line s
union all
select
  s.id, s.trade_id, s.accept_seq, s.settlement_date,
  s.seller_account_id, s.quote_asset, s.amount - s.seller_commission
from settlements_in_line s;

-- What a step answers about one settlement, before the row is added.
create type step_answer as (
  settlement_id uuid,
  outcome text,
  code text,
  reason text,
  wakes text[]
);

-- What a lock is asked for: the hold's id and key are made of settlement, attempt and leg by the caller.
create type leg_request as (
  settlement_id uuid,
  hold_id uuid,
  idempotency_key text
);

-- What a swap is asked for.
create type swap_request as (
  settlement_id uuid,
  transaction_id uuid,
  idempotency_key text
);

-- Privileges of the application: it appends, and moves balances and holds; it rewrites no history ------

grant select on instruments, settlement_transitions, settlement_events, balances, holds, hold_rejections,
  ledger_transactions, postings, outbox, settlement_rows, settlements_in_line, line_debits, line_credits
  to cantondex_user;
grant insert on instruments, settlement_events, balances, holds, hold_rejections, ledger_transactions, postings
  to cantondex_user;
grant update (status, updated_at) on instruments to cantondex_user;
grant update (available, reserved) on balances to cantondex_user;
grant update (status, ended_at) on holds to cantondex_user;
grant usage on sequence settlements_accept_seq to cantondex_user;

revoke insert, update on settlements from cantondex_user;
grant insert (
  id, trade_id, buyer_account_id, seller_account_id, symbol, base_asset, quote_asset, quantity, amount, buyer_commission,
  seller_commission, accept_seq, lane, settlement_date, intended_settlement_date, deadline_at
) on settlements to cantondex_user;
grant update (waiting_since, updated_at) on settlements to cantondex_user;

-- Down Migration

drop type swap_request, leg_request, step_answer;
drop view line_credits, line_debits, settlements_in_line, settlement_rows;
drop table outbox, postings, ledger_transactions, hold_rejections, holds, balances, settlement_events, settlement_transitions;
alter table settlements
  drop column base_asset, drop column quote_asset, drop column buyer_commission, drop column seller_commission,
  drop column accept_seq, drop column event_seq, drop column lane, drop column attempt, drop column failure_code,
  drop column paused, drop column intended_settlement_date, drop column waiting_since, drop column next_attempt_at,
  drop column parked_since, drop column deadline_at, drop column closed_at,
  drop constraint settlements_symbol_fkey;
alter table settlements reset (fillfactor);
drop sequence settlements_accept_seq;
alter table trades
  drop constraint trades_symbol_fkey, alter column matching_engine_trade_id drop not null,
  drop column terms_hash, drop column accepted_event;
delete from accounts where kind <> 'customer';
delete from users where id = '00000000-0000-5000-8000-000000000000';
alter table accounts drop column kind;
drop table instruments;
