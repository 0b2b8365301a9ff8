-- The schema as the migrations leave it, read from PostgreSQL's catalogs: to look at and to compare, not to run.
-- Made by test/integration/schema.test.ts with CANTONDEX_UPDATE_SCHEMA=1; without it that test compares.

-- domains
domain amount as numeric
  constraint amount_below_1e20 CHECK ((abs(VALUE) < '100000000000000000000'::numeric))
  constraint amount_is_a_number CHECK ((VALUE <> 'NaN'::numeric))
  constraint amount_scale_at_most_18 CHECK ((scale(VALUE) <= 18))

-- enums
enum account_status ('active', 'inactive', 'closed', 'margin_call')
enum account_type ('spot', 'margin', 'custody')
enum deposit_status ('pending', 'confirmed', 'failed')
enum kyc_document_type ('passport', 'drivers_license', 'national_id', 'address_proof', 'employment_proof')
enum kyc_status ('pending', 'approved', 'rejected', 'pending_update')
enum kyc_tier ('tier_0', 'tier_1', 'tier_2', 'tier_3')
enum kyc_verification_status ('pending', 'approved', 'rejected')
enum order_side ('buy', 'sell')
enum order_status ('pending', 'accepted', 'filled', 'partially_filled', 'cancelled', 'rejected')
enum order_time_in_force ('gtc', 'ioc', 'fok', 'day')
enum order_type ('limit', 'market', 'stop', 'stop_limit', 'post_only')
enum settlement_status ('pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'executing', 'confirmed', 'settled', 'failed', 'partially_settled')
enum user_account_type ('retail', 'professional', 'institutional')
enum user_status ('active', 'suspended', 'closed')
enum withdrawal_status ('pending', 'approved', 'processing', 'confirmed', 'failed', 'cancelled')

-- tables, views and composite types
table accounts
  id uuid not null default gen_random_uuid()
  user_id uuid not null
  account_number character varying(20) not null
  account_type account_type not null default 'spot'::account_type
  status account_status not null default 'active'::account_status
  currency_primary character varying(10) not null default 'USDC'::character varying
  currency_secondary character varying(10) not null default 'USD'::character varying
  cash_balance amount not null default 0
  reserved_balance amount not null default 0
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  updated_at timestamp with time zone not null default CURRENT_TIMESTAMP
  kind text not null default 'customer'::text
table audit_logs
  id uuid not null default gen_random_uuid()
  user_id uuid
  account_id uuid
  event_type character varying(50) not null
  resource_type character varying(50)
  resource_id character varying(255)
  action character varying(50)
  details jsonb
  ip_address inet
  user_agent text
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
table balances with (fillfactor=70)
  account_id uuid not null
  asset character varying(10) not null
  available amount not null default 0
  reserved amount not null default 0
table deposits
  id uuid not null default gen_random_uuid()
  account_id uuid not null
  currency character varying(10) not null
  blockchain character varying(50) not null
  amount amount not null
  blockchain_address character varying(255) not null
  blockchain_tag character varying(255)
  transaction_hash character varying(255)
  output_index integer not null default '-1'::integer
  confirmations integer not null default 0
  required_confirmations integer not null default 12
  status deposit_status not null default 'pending'::deposit_status
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  confirmed_at timestamp with time zone
table hold_rejections
  id uuid not null
  settlement_id uuid not null
  idempotency_key text not null
  payload_hash text not null
  failure_code text not null
  failure_reason text not null
  created_at timestamp with time zone not null default now()
table holds
  id uuid not null
  settlement_id uuid
  withdrawal_id uuid
  account_id uuid not null
  asset character varying(10) not null
  amount amount not null
  status text not null default 'active'::text
  idempotency_key text not null
  payload_hash text not null
  created_at timestamp with time zone not null default now()
  ended_at timestamp with time zone
table instruments
  symbol character varying(20) not null
  base character varying(10) not null
  quote character varying(10) not null
  quantity_scale integer not null
  price_scale integer not null
  cash_scale integer not null
  status text not null default 'active'::text
  created_at timestamp with time zone not null default now()
  updated_at timestamp with time zone not null default now()
table kyc_documents
  id uuid not null default gen_random_uuid()
  user_id uuid not null
  document_type kyc_document_type not null
  document_name character varying(255) not null
  document_path character varying(500) not null
  mime_type character varying(50)
  file_size integer
  verification_status kyc_verification_status not null default 'pending'::kyc_verification_status
  verified_by uuid
  verified_at timestamp with time zone
  rejection_reason text
  uploaded_at timestamp with time zone not null default CURRENT_TIMESTAMP
table ledger_transactions
  id uuid not null
  kind text not null
  settlement_id uuid
  idempotency_key text not null
  payload_hash text not null
  actor text not null
  reason text
  created_at timestamp with time zone not null default now()
type leg_request
  settlement_id uuid
  hold_id uuid
  idempotency_key text
view line_credits
  settlement_id uuid
  trade_id uuid
  accept_seq bigint
  settlement_date date
  account_id uuid
  asset character varying(10)
  credit numeric
view line_debits
  settlement_id uuid
  trade_id uuid
  accept_seq bigint
  settlement_date date
  waiting_since timestamp with time zone
  account_id uuid
  asset character varying(10)
  debit numeric
  has_hold boolean
  asks_now boolean
table market_data
  "time" timestamp with time zone not null
  symbol character varying(20) not null
  open amount not null
  high amount not null
  low amount not null
  close amount not null
  volume amount not null
  trade_count integer
  vwap amount
table orders
  id uuid not null default gen_random_uuid()
  account_id uuid not null
  client_order_id character varying(255)
  symbol character varying(20) not null
  side order_side not null
  order_type order_type not null
  quantity amount not null
  price amount
  time_in_force order_time_in_force not null default 'gtc'::order_time_in_force
  status order_status not null default 'pending'::order_status
  filled amount not null default 0
  average_fill_price amount
  commission amount not null default 0
  commission_rate amount
  hidden boolean not null default false
  post_only boolean not null default false
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  updated_at timestamp with time zone not null default CURRENT_TIMESTAMP
  executed_at timestamp with time zone
  cancelled_at timestamp with time zone
table outbox
  id bigint not null identity a
  settlement_id uuid not null
  event_seq integer not null
  type text not null
  payload jsonb not null
  recorded_at timestamp with time zone not null default now()
  "position" bigint
table postings
  id bigint not null identity a
  transaction_id uuid not null
  account_id uuid not null
  asset character varying(10) not null
  amount amount not null
table settlement_events
  id bigint not null identity a
  settlement_id uuid not null
  seq integer not null
  kind text not null
  from_status settlement_status
  to_status settlement_status not null
  attempt integer not null
  actor text not null
  reason text
  recorded_at timestamp with time zone not null default now()
  failure_code text
  next_attempt_at timestamp with time zone
  deadline_at timestamp with time zone
  lane text
  settlement_date date
  dvp_contract_id character varying(255)
  seller_securities_ledger_ref character varying(255)
  buyer_cash_ledger_ref character varying(255)
  dvp_atomic_transaction_id character varying(255)
  buyer_securities_ledger_ref character varying(255)
  seller_cash_ledger_ref character varying(255)
view settlement_rows
  id uuid
  trade_id character varying(255)
  symbol character varying(20)
  base_asset character varying(10)
  quote_asset character varying(10)
  price text
  quantity text
  amount text
  buyer_commission text
  seller_commission text
  buyer_account_id uuid
  seller_account_id uuid
  buyer_account_number character varying(20)
  seller_account_number character varying(20)
  status settlement_status
  lane text
  accept_seq text
  event_seq integer
  attempt integer
  retry_count integer
  paused boolean
  dvp_contract_id character varying(255)
  dvp_atomic_transaction_id character varying(255)
  seller_securities_ledger_ref character varying(255)
  buyer_cash_ledger_ref character varying(255)
  buyer_securities_ledger_ref character varying(255)
  seller_cash_ledger_ref character varying(255)
  failure_code text
  failure_reason text
  settlement_date text
  intended_settlement_date text
  waiting_since text
  next_attempt_at text
  parked_since text
  deadline_at text
  initiated_at text
  confirmed_at text
  settled_at text
  failed_at text
  closed_at text
  created_at text
  updated_at text
  phase text
  final boolean
table settlement_transitions
  kind text not null
  from_status settlement_status
  to_status settlement_status not null
table settlements with (fillfactor=70)
  id uuid not null default gen_random_uuid()
  trade_id uuid not null
  buyer_account_id uuid not null
  seller_account_id uuid not null
  symbol character varying(20) not null
  quantity amount not null
  amount amount not null
  status settlement_status not null default 'pending'::settlement_status
  dvp_contract_id character varying(255)
  dvp_atomic_transaction_id character varying(255)
  buyer_securities_ledger_ref character varying(255)
  seller_securities_ledger_ref character varying(255)
  buyer_cash_ledger_ref character varying(255)
  seller_cash_ledger_ref character varying(255)
  settlement_date date not null
  initiated_at timestamp with time zone
  confirmed_at timestamp with time zone
  settled_at timestamp with time zone
  failed_at timestamp with time zone
  failure_reason text
  retry_count integer not null default 0
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  updated_at timestamp with time zone
  base_asset character varying(10) not null
  quote_asset character varying(10) not null
  buyer_commission amount not null
  seller_commission amount not null
  accept_seq bigint not null
  event_seq integer not null default 0
  lane text not null default 'single'::text
  attempt integer not null default 1
  failure_code text
  paused boolean not null default false
  intended_settlement_date date not null
  waiting_since timestamp with time zone
  next_attempt_at timestamp with time zone
  parked_since timestamp with time zone
  deadline_at timestamp with time zone not null
  closed_at timestamp with time zone
view settlements_in_line
  id uuid
  trade_id uuid
  buyer_account_id uuid
  seller_account_id uuid
  symbol character varying(20)
  quantity amount
  amount amount
  status settlement_status
  dvp_contract_id character varying(255)
  dvp_atomic_transaction_id character varying(255)
  buyer_securities_ledger_ref character varying(255)
  seller_securities_ledger_ref character varying(255)
  buyer_cash_ledger_ref character varying(255)
  seller_cash_ledger_ref character varying(255)
  settlement_date date
  initiated_at timestamp with time zone
  confirmed_at timestamp with time zone
  settled_at timestamp with time zone
  failed_at timestamp with time zone
  failure_reason text
  retry_count integer
  created_at timestamp with time zone
  updated_at timestamp with time zone
  base_asset character varying(10)
  quote_asset character varying(10)
  buyer_commission amount
  seller_commission amount
  accept_seq bigint
  event_seq integer
  lane text
  attempt integer
  failure_code text
  paused boolean
  intended_settlement_date date
  waiting_since timestamp with time zone
  next_attempt_at timestamp with time zone
  parked_since timestamp with time zone
  deadline_at timestamp with time zone
  closed_at timestamp with time zone
type step_answer
  settlement_id uuid
  outcome text
  code text
  reason text
  wakes text[]
type swap_request
  settlement_id uuid
  transaction_id uuid
  idempotency_key text
table trades
  id uuid not null default gen_random_uuid()
  order_id uuid not null
  matching_engine_trade_id character varying(255) not null
  account_id uuid not null
  symbol character varying(20) not null
  side order_side not null
  quantity amount not null
  price amount not null
  gross_amount amount
  commission amount
  net_amount amount
  counter_order_id uuid not null
  counter_account_id uuid not null
  executed_at timestamp with time zone not null
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  accepted_event jsonb not null
  terms_hash text not null
table users
  id uuid not null default gen_random_uuid()
  email character varying(255) not null
  password_hash character varying(255) not null
  first_name character varying(100)
  last_name character varying(100)
  phone character varying(20)
  kyc_status kyc_status not null default 'pending'::kyc_status
  kyc_tier kyc_tier not null default 'tier_0'::kyc_tier
  account_type user_account_type not null default 'retail'::user_account_type
  status user_status not null default 'active'::user_status
  two_factor_enabled boolean not null default false
  last_login_at timestamp with time zone
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  updated_at timestamp with time zone not null default CURRENT_TIMESTAMP
  deleted_at timestamp with time zone
table withdrawals
  id uuid not null default gen_random_uuid()
  account_id uuid not null
  currency character varying(10) not null
  blockchain character varying(50) not null
  amount amount not null
  blockchain_address character varying(255) not null
  blockchain_tag character varying(255)
  fee amount
  net_amount amount
  transaction_hash character varying(255)
  status withdrawal_status not null default 'pending'::withdrawal_status
  approved_by uuid
  approved_at timestamp with time zone
  created_at timestamp with time zone not null default CURRENT_TIMESTAMP
  confirmed_at timestamp with time zone

-- views, their queries
view line_credits as
 SELECT s.id AS settlement_id,
    s.trade_id,
    s.accept_seq,
    s.settlement_date,
    s.buyer_account_id AS account_id,
    s.base_asset AS asset,
    s.quantity AS credit
   FROM settlements_in_line s
UNION ALL
 SELECT s.id AS settlement_id,
    s.trade_id,
    s.accept_seq,
    s.settlement_date,
    s.seller_account_id AS account_id,
    s.quote_asset AS asset,
    ((s.amount)::numeric - (s.seller_commission)::numeric) AS credit
   FROM settlements_in_line s;
view line_debits as
 SELECT s.id AS settlement_id,
    s.trade_id,
    s.accept_seq,
    s.settlement_date,
    s.waiting_since,
    s.seller_account_id AS account_id,
    s.base_asset AS asset,
    s.quantity AS debit,
    (s.status <> ALL (ARRAY['pending'::settlement_status, 'initiated'::settlement_status])) AS has_hold,
    (s.status = 'initiated'::settlement_status) AS asks_now
   FROM settlements_in_line s
UNION ALL
 SELECT s.id AS settlement_id,
    s.trade_id,
    s.accept_seq,
    s.settlement_date,
    s.waiting_since,
    s.buyer_account_id AS account_id,
    s.quote_asset AS asset,
    ((s.amount)::numeric + (s.buyer_commission)::numeric) AS debit,
    (s.status = ANY (ARRAY['buyer_cash_locked'::settlement_status, 'executing'::settlement_status])) AS has_hold,
    (s.status = 'seller_securities_locked'::settlement_status) AS asks_now
   FROM settlements_in_line s;
view settlement_rows as
 SELECT s.id,
    t.matching_engine_trade_id AS trade_id,
    s.symbol,
    s.base_asset,
    s.quote_asset,
    (trim_scale((t.price)::numeric))::text AS price,
    (trim_scale((s.quantity)::numeric))::text AS quantity,
    (trim_scale((s.amount)::numeric))::text AS amount,
    (trim_scale((s.buyer_commission)::numeric))::text AS buyer_commission,
    (trim_scale((s.seller_commission)::numeric))::text AS seller_commission,
    s.buyer_account_id,
    s.seller_account_id,
    buyer.account_number AS buyer_account_number,
    seller.account_number AS seller_account_number,
    s.status,
    s.lane,
    (s.accept_seq)::text AS accept_seq,
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
    to_char((s.settlement_date)::timestamp with time zone, 'YYYY-MM-DD'::text) AS settlement_date,
    to_char((s.intended_settlement_date)::timestamp with time zone, 'YYYY-MM-DD'::text) AS intended_settlement_date,
    to_char((s.waiting_since AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS waiting_since,
    to_char((s.next_attempt_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS next_attempt_at,
    to_char((s.parked_since AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS parked_since,
    to_char((s.deadline_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS deadline_at,
    to_char((s.initiated_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS initiated_at,
    to_char((s.confirmed_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS confirmed_at,
    to_char((s.settled_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS settled_at,
    to_char((s.failed_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS failed_at,
    to_char((s.closed_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS closed_at,
    to_char((s.created_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS created_at,
    to_char((s.updated_at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'::text) AS updated_at,
        CASE
            WHEN (s.closed_at IS NOT NULL) THEN 'closed'::text
            WHEN s.paused THEN 'paused'::text
            WHEN (s.parked_since IS NOT NULL) THEN 'parked'::text
            WHEN (s.next_attempt_at IS NOT NULL) THEN 'retrying'::text
            WHEN (s.waiting_since IS NOT NULL) THEN 'waiting'::text
            ELSE 'in_progress'::text
        END AS phase,
    (s.closed_at IS NOT NULL) AS final
   FROM (((settlements s
     JOIN trades t ON ((t.id = s.trade_id)))
     JOIN accounts buyer ON ((buyer.id = s.buyer_account_id)))
     JOIN accounts seller ON ((seller.id = s.seller_account_id)));
view settlements_in_line as
 SELECT s.id,
    s.trade_id,
    s.buyer_account_id,
    s.seller_account_id,
    s.symbol,
    s.quantity,
    s.amount,
    s.status,
    s.dvp_contract_id,
    s.dvp_atomic_transaction_id,
    s.buyer_securities_ledger_ref,
    s.seller_securities_ledger_ref,
    s.buyer_cash_ledger_ref,
    s.seller_cash_ledger_ref,
    s.settlement_date,
    s.initiated_at,
    s.confirmed_at,
    s.settled_at,
    s.failed_at,
    s.failure_reason,
    s.retry_count,
    s.created_at,
    s.updated_at,
    s.base_asset,
    s.quote_asset,
    s.buyer_commission,
    s.seller_commission,
    s.accept_seq,
    s.event_seq,
    s.lane,
    s.attempt,
    s.failure_code,
    s.paused,
    s.intended_settlement_date,
    s.waiting_since,
    s.next_attempt_at,
    s.parked_since,
    s.deadline_at,
    s.closed_at
   FROM settlements s
  WHERE ((s.status = ANY (ARRAY['pending'::settlement_status, 'initiated'::settlement_status, 'seller_securities_locked'::settlement_status, 'buyer_cash_locked'::settlement_status, 'executing'::settlement_status])) AND (NOT s.paused) AND (s.lane <> 'net'::text));

-- sequences of their own
sequence settlements_accept_seq

-- constraints
accounts accounts_account_number_key UNIQUE (account_number)
accounts accounts_kind CHECK ((kind = ANY (ARRAY['customer'::text, 'fees'::text, 'custody'::text, 'receivables'::text])))
accounts accounts_pkey PRIMARY KEY (id)
accounts accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT
accounts check_cash_balance CHECK (((cash_balance)::numeric >= (0)::numeric))
accounts check_reserved_balance CHECK (((reserved_balance)::numeric >= (0)::numeric))
audit_logs audit_logs_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
audit_logs audit_logs_pkey PRIMARY KEY (id, created_at)
audit_logs audit_logs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE RESTRICT
balances balances_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
balances balances_available CHECK (((available)::numeric >= (0)::numeric))
balances balances_below_1e20 CHECK ((((available)::numeric + (reserved)::numeric) < '100000000000000000000'::numeric))
balances balances_pkey PRIMARY KEY (account_id, asset)
balances balances_reserved CHECK (((reserved)::numeric >= (0)::numeric))
deposits check_deposit_amount CHECK (((amount)::numeric > (0)::numeric))
deposits check_deposit_confirmations CHECK (((confirmations >= 0) AND (required_confirmations >= 0)))
deposits check_deposit_output_index CHECK ((output_index >= '-1'::integer))
deposits deposits_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
deposits deposits_blockchain_transaction_hash_output_index_key UNIQUE (blockchain, transaction_hash, output_index)
deposits deposits_pkey PRIMARY KEY (id)
hold_rejections hold_rejections_pkey PRIMARY KEY (id)
hold_rejections hold_rejections_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES settlements(id) ON DELETE RESTRICT
holds holds_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
holds holds_amount CHECK (((amount)::numeric > (0)::numeric))
holds holds_ended CHECK (((status = 'active'::text) = (ended_at IS NULL)))
holds holds_one_reason CHECK ((num_nonnulls(settlement_id, withdrawal_id) = 1))
holds holds_pkey PRIMARY KEY (id)
holds holds_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES settlements(id) ON DELETE RESTRICT
holds holds_status CHECK ((status = ANY (ARRAY['active'::text, 'consumed'::text, 'released'::text])))
holds holds_withdrawal_id_fkey FOREIGN KEY (withdrawal_id) REFERENCES withdrawals(id) ON DELETE RESTRICT
instruments instruments_pkey PRIMARY KEY (symbol)
instruments instruments_scales CHECK ((((quantity_scale >= 0) AND (quantity_scale <= 18)) AND ((price_scale >= 0) AND (price_scale <= 18)) AND ((cash_scale >= 0) AND (cash_scale <= 18))))
instruments instruments_status CHECK ((status = ANY (ARRAY['active'::text, 'halted'::text])))
instruments instruments_symbol_is_pair CHECK (((symbol)::text = (((base)::text || '-'::text) || (quote)::text)))
instruments instruments_two_assets CHECK (((base)::text <> (quote)::text))
kyc_documents kyc_documents_pkey PRIMARY KEY (id)
kyc_documents kyc_documents_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
kyc_documents kyc_documents_verified_by_fkey FOREIGN KEY (verified_by) REFERENCES users(id) ON DELETE RESTRICT
ledger_transactions ledger_transactions_dvp_has_settlement CHECK (((kind = 'dvp'::text) = (settlement_id IS NOT NULL)))
ledger_transactions ledger_transactions_idempotency_key_key UNIQUE (idempotency_key)
ledger_transactions ledger_transactions_kind CHECK ((kind = ANY (ARRAY['opening'::text, 'adjustment'::text, 'dvp'::text, 'deposit'::text, 'withdrawal'::text])))
ledger_transactions ledger_transactions_pkey PRIMARY KEY (id)
ledger_transactions ledger_transactions_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES settlements(id) ON DELETE RESTRICT
market_data market_data_pkey PRIMARY KEY (symbol, "time")
orders check_order_filled CHECK ((((filled)::numeric <= (quantity)::numeric) AND ((filled)::numeric >= (0)::numeric)))
orders check_order_price CHECK (
CASE order_type
    WHEN 'market'::order_type THEN (price IS NULL)
    WHEN 'stop'::order_type THEN ((price IS NULL) OR ((price)::numeric > (0)::numeric))
    ELSE ((price IS NOT NULL) AND ((price)::numeric > (0)::numeric))
END)
orders check_order_quantity CHECK (((quantity)::numeric > (0)::numeric))
orders orders_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
orders orders_pkey PRIMARY KEY (id)
outbox outbox_pkey PRIMARY KEY (id)
outbox outbox_position_key UNIQUE ("position")
outbox outbox_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES settlements(id) ON DELETE RESTRICT
outbox outbox_type CHECK ((type = ANY (ARRAY['accepted'::text, 'parked'::text, 'resumed'::text, 'settled'::text, 'failed'::text, 'reopened'::text])))
postings postings_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
postings postings_pkey PRIMARY KEY (id)
postings postings_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES ledger_transactions(id) ON DELETE RESTRICT
settlement_events settlement_events_actor CHECK ((actor <> ''::text))
settlement_events settlement_events_kind CHECK ((kind = ANY (ARRAY['step'::text, 'parked'::text, 'paused'::text, 'resumed'::text, 'closed'::text, 'reopened'::text, 'lane'::text, 'rolled'::text])))
settlement_events settlement_events_mark_keeps_status CHECK (((kind = 'step'::text) OR (from_status = to_status)))
settlement_events settlement_events_pkey PRIMARY KEY (id)
settlement_events settlement_events_seq_key UNIQUE (settlement_id, seq)
settlement_events settlement_events_settlement_id_fkey FOREIGN KEY (settlement_id) REFERENCES settlements(id) ON DELETE RESTRICT
settlement_transitions settlement_transitions_key UNIQUE NULLS NOT DISTINCT (kind, from_status, to_status)
settlements check_settlement_amount CHECK (((amount)::numeric > (0)::numeric))
settlements check_settlement_quantity CHECK (((quantity)::numeric > (0)::numeric))
settlements check_settlement_retry_count CHECK ((retry_count >= 0))
settlements check_settlement_sides_differ CHECK ((buyer_account_id <> seller_account_id))
settlements settlements_accept_seq_key UNIQUE (accept_seq)
settlements settlements_attempt CHECK (((attempt >= 1) AND (retry_count = (attempt - 1))))
settlements settlements_buyer_account_id_fkey FOREIGN KEY (buyer_account_id) REFERENCES accounts(id) ON DELETE RESTRICT
settlements settlements_closed_is_over CHECK (((closed_at IS NULL) OR (status = ANY (ARRAY['settled'::settlement_status, 'failed'::settlement_status]))))
settlements settlements_commissions CHECK (((((buyer_commission)::numeric >= (0)::numeric) AND ((buyer_commission)::numeric <= (amount)::numeric)) AND (((seller_commission)::numeric >= (0)::numeric) AND ((seller_commission)::numeric <= (amount)::numeric))))
settlements settlements_failed_says_why CHECK (((status <> 'failed'::settlement_status) OR ((failure_code IS NOT NULL) AND (failure_reason IS NOT NULL) AND (failed_at IS NOT NULL))))
settlements settlements_lane CHECK ((lane = ANY (ARRAY['single'::text, 'bulk'::text, 'net'::text])))
settlements settlements_next_attempt_is_failed CHECK (((next_attempt_at IS NULL) OR (status = 'failed'::settlement_status)))
settlements settlements_parked_is_failed CHECK (((parked_since IS NULL) OR (status = 'failed'::settlement_status)))
settlements settlements_pkey PRIMARY KEY (id)
settlements settlements_seller_account_id_fkey FOREIGN KEY (seller_account_id) REFERENCES accounts(id) ON DELETE RESTRICT
settlements settlements_settled_is_closed CHECK (((status <> 'settled'::settlement_status) OR ((settled_at IS NOT NULL) AND (closed_at IS NOT NULL))))
settlements settlements_symbol_fkey FOREIGN KEY (symbol) REFERENCES instruments(symbol) ON DELETE RESTRICT
settlements settlements_trade_id_fkey FOREIGN KEY (trade_id) REFERENCES trades(id) ON DELETE RESTRICT
settlements settlements_trade_id_key UNIQUE (trade_id)
trades check_trade_price CHECK (((price)::numeric > (0)::numeric))
trades check_trade_quantity CHECK (((quantity)::numeric > (0)::numeric))
trades check_trade_side CHECK ((side = 'buy'::order_side))
trades check_trade_sides_differ CHECK ((account_id <> counter_account_id))
trades trades_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
trades trades_counter_account_id_fkey FOREIGN KEY (counter_account_id) REFERENCES accounts(id) ON DELETE RESTRICT
trades trades_counter_order_id_fkey FOREIGN KEY (counter_order_id) REFERENCES orders(id) ON DELETE RESTRICT
trades trades_matching_engine_trade_id_key UNIQUE (matching_engine_trade_id)
trades trades_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(id) ON DELETE RESTRICT
trades trades_pkey PRIMARY KEY (id)
trades trades_symbol_fkey FOREIGN KEY (symbol) REFERENCES instruments(symbol) ON DELETE RESTRICT
users users_email_key UNIQUE (email)
users users_pkey PRIMARY KEY (id)
withdrawals check_withdrawal_amount CHECK (((amount)::numeric > (0)::numeric))
withdrawals check_withdrawal_fee CHECK (((fee)::numeric >= (0)::numeric))
withdrawals check_withdrawal_net_amount CHECK (((net_amount)::numeric > (0)::numeric))
withdrawals withdrawals_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE RESTRICT
withdrawals withdrawals_approved_by_fkey FOREIGN KEY (approved_by) REFERENCES users(id) ON DELETE RESTRICT
withdrawals withdrawals_pkey PRIMARY KEY (id)
withdrawals withdrawals_transaction_hash_key UNIQUE (transaction_hash)

-- indexes
CREATE UNIQUE INDEX accounts_account_number_key ON public.accounts USING btree (account_number)
CREATE UNIQUE INDEX accounts_one_of_each_system_kind ON public.accounts USING btree (kind) WHERE (kind <> 'customer'::text)
CREATE UNIQUE INDEX accounts_pkey ON public.accounts USING btree (id)
CREATE INDEX idx_accounts_created_at ON public.accounts USING btree (created_at DESC)
CREATE INDEX idx_accounts_status ON public.accounts USING btree (status)
CREATE INDEX idx_accounts_user_id ON public.accounts USING btree (user_id)
CREATE UNIQUE INDEX audit_logs_pkey ON public.audit_logs USING btree (id, created_at)
CREATE INDEX idx_audit_logs_created_at ON public.audit_logs USING btree (created_at DESC)
CREATE INDEX idx_audit_logs_event_type ON public.audit_logs USING btree (event_type)
CREATE INDEX idx_audit_logs_resource ON public.audit_logs USING btree (resource_type, resource_id)
CREATE INDEX idx_audit_logs_user_id ON public.audit_logs USING btree (user_id)
CREATE UNIQUE INDEX balances_pkey ON public.balances USING btree (account_id, asset)
CREATE UNIQUE INDEX deposits_blockchain_transaction_hash_output_index_key ON public.deposits USING btree (blockchain, transaction_hash, output_index)
CREATE UNIQUE INDEX deposits_pkey ON public.deposits USING btree (id)
CREATE INDEX idx_deposits_account_id ON public.deposits USING btree (account_id)
CREATE INDEX idx_deposits_created_at ON public.deposits USING btree (created_at DESC)
CREATE INDEX idx_deposits_status ON public.deposits USING btree (status)
CREATE UNIQUE INDEX hold_rejections_pkey ON public.hold_rejections USING btree (id)
CREATE UNIQUE INDEX holds_pkey ON public.holds USING btree (id)
CREATE INDEX holds_settlement_id ON public.holds USING btree (settlement_id)
CREATE UNIQUE INDEX instruments_pkey ON public.instruments USING btree (symbol)
CREATE INDEX idx_kyc_documents_user_id ON public.kyc_documents USING btree (user_id)
CREATE INDEX idx_kyc_documents_verification_status ON public.kyc_documents USING btree (verification_status)
CREATE UNIQUE INDEX kyc_documents_pkey ON public.kyc_documents USING btree (id)
CREATE UNIQUE INDEX ledger_transactions_idempotency_key_key ON public.ledger_transactions USING btree (idempotency_key)
CREATE UNIQUE INDEX ledger_transactions_one_swap ON public.ledger_transactions USING btree (settlement_id) WHERE (kind = 'dvp'::text)
CREATE UNIQUE INDEX ledger_transactions_pkey ON public.ledger_transactions USING btree (id)
CREATE INDEX idx_market_data_symbol ON public.market_data USING btree (symbol)
CREATE UNIQUE INDEX market_data_pkey ON public.market_data USING btree (symbol, "time")
CREATE INDEX idx_orders_account_id ON public.orders USING btree (account_id)
CREATE INDEX idx_orders_account_symbol_status ON public.orders USING btree (account_id, symbol, status)
CREATE INDEX idx_orders_created_at ON public.orders USING btree (created_at DESC)
CREATE INDEX idx_orders_status ON public.orders USING btree (status)
CREATE INDEX idx_orders_symbol ON public.orders USING btree (symbol)
CREATE UNIQUE INDEX orders_pkey ON public.orders USING btree (id)
CREATE UNIQUE INDEX outbox_pkey ON public.outbox USING btree (id)
CREATE UNIQUE INDEX outbox_position_key ON public.outbox USING btree ("position")
CREATE INDEX postings_account_id_asset ON public.postings USING btree (account_id, asset)
CREATE UNIQUE INDEX postings_pkey ON public.postings USING btree (id)
CREATE INDEX postings_transaction_id ON public.postings USING btree (transaction_id)
CREATE UNIQUE INDEX settlement_events_pkey ON public.settlement_events USING btree (id)
CREATE UNIQUE INDEX settlement_events_seq_key ON public.settlement_events USING btree (settlement_id, seq)
CREATE UNIQUE INDEX settlement_transitions_key ON public.settlement_transitions USING btree (kind, from_status, to_status) NULLS NOT DISTINCT
CREATE INDEX idx_settlements_buyer_account_id ON public.settlements USING btree (buyer_account_id)
CREATE INDEX idx_settlements_buyer_settlement_date ON public.settlements USING btree (buyer_account_id, settlement_date DESC)
CREATE INDEX idx_settlements_seller_account_id ON public.settlements USING btree (seller_account_id)
CREATE INDEX idx_settlements_settlement_date ON public.settlements USING btree (settlement_date)
CREATE INDEX idx_settlements_status ON public.settlements USING btree (status)
CREATE UNIQUE INDEX settlements_accept_seq_key ON public.settlements USING btree (accept_seq)
CREATE INDEX settlements_line_buyer ON public.settlements USING btree (buyer_account_id, accept_seq) WHERE (status = ANY (ARRAY['pending'::settlement_status, 'initiated'::settlement_status, 'seller_securities_locked'::settlement_status, 'buyer_cash_locked'::settlement_status, 'executing'::settlement_status]))
CREATE INDEX settlements_line_seller ON public.settlements USING btree (seller_account_id, accept_seq) WHERE (status = ANY (ARRAY['pending'::settlement_status, 'initiated'::settlement_status, 'seller_securities_locked'::settlement_status, 'buyer_cash_locked'::settlement_status, 'executing'::settlement_status]))
CREATE INDEX settlements_open ON public.settlements USING btree (accept_seq) WHERE (closed_at IS NULL)
CREATE UNIQUE INDEX settlements_pkey ON public.settlements USING btree (id)
CREATE UNIQUE INDEX settlements_trade_id_key ON public.settlements USING btree (trade_id)
CREATE INDEX idx_trades_account_executed_at ON public.trades USING btree (account_id, executed_at DESC)
CREATE INDEX idx_trades_account_id ON public.trades USING btree (account_id)
CREATE INDEX idx_trades_executed_at ON public.trades USING btree (executed_at DESC)
CREATE INDEX idx_trades_order_id ON public.trades USING btree (order_id)
CREATE INDEX idx_trades_symbol ON public.trades USING btree (symbol)
CREATE UNIQUE INDEX trades_matching_engine_trade_id_key ON public.trades USING btree (matching_engine_trade_id)
CREATE UNIQUE INDEX trades_pkey ON public.trades USING btree (id)
CREATE INDEX idx_users_created_at ON public.users USING btree (created_at DESC)
CREATE INDEX idx_users_deleted_at ON public.users USING btree (deleted_at) WHERE (deleted_at IS NULL)
CREATE INDEX idx_users_kyc_status ON public.users USING btree (kyc_status)
CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email)
CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)
CREATE INDEX idx_withdrawals_account_id ON public.withdrawals USING btree (account_id)
CREATE INDEX idx_withdrawals_created_at ON public.withdrawals USING btree (created_at DESC)
CREATE INDEX idx_withdrawals_status ON public.withdrawals USING btree (status)
CREATE UNIQUE INDEX withdrawals_pkey ON public.withdrawals USING btree (id)
CREATE UNIQUE INDEX withdrawals_transaction_hash_key ON public.withdrawals USING btree (transaction_hash)

-- functions
function abort_attempts(jsonb,timestamp with time zone,text,integer,integer) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function accept_trades(jsonb,text) returns TABLE(trade_id text, result text, code text, field text, reason text, settlement jsonb) language plpgsql
function adjust_balance(text,uuid,text,uuid,text,numeric,date,text,text) returns TABLE(outcome text, available text, reserved text, in_line text, wakes text[]) language plpgsql
function answer_steps(step_answer[]) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function apply_settlement_events() returns trigger language plpgsql security definer set search_path=public, pg_temp
function attempt_is_by_hand(uuid,integer) returns boolean language plpgsql stable
function awaited_in_line(uuid,date) returns text language plpgsql stable
function cancel_settlements(uuid[],timestamp with time zone,text,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function check_balances_of_customers() returns trigger language plpgsql
function check_postings_sum() returns trigger language plpgsql
function close_settlements(uuid[],timestamp with time zone,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function copy_primary_cash() returns trigger language plpgsql security definer set search_path=public, pg_temp
function credit_obstacle(uuid) returns record language plpgsql
function credited_waiters(uuid,date) returns text[] language plpgsql stable
function decide_leg(text,leg_request,timestamp with time zone,text) returns step_answer language plpgsql
function execute_settlements(jsonb,timestamp with time zone,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function finalise_settlements(uuid[],text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function first_waiter(uuid,text,date) returns text language plpgsql stable
function first_waiters(uuid,date) returns text[] language plpgsql stable
function guard_holds() returns trigger language plpgsql
function guard_settlement_state() returns trigger language plpgsql
function hold_leg(text,leg_request,uuid,text,numeric,text,date,text) returns step_answer language plpgsql
function hopeless_waiter(uuid,text,date) returns text language plpgsql stable
function initiate_settlements(jsonb,timestamp with time zone,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function insert_accepted(jsonb,text) returns void language plpgsql
function lock_leg(text,jsonb,timestamp with time zone,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function lock_settlement_balances(uuid[]) returns void language plpgsql
function lock_settlements(uuid[]) returns void language plpgsql
function note_waiting(uuid,timestamp with time zone) returns void language plpgsql
function open_accounts(jsonb) returns TABLE(account_id uuid, account_number text, problem text) language plpgsql
function open_balances(jsonb,text,text) returns TABLE(opened integer) language plpgsql
function party_problem(jsonb) returns SETOF record language plpgsql stable
function pause_settlements(uuid[],timestamp with time zone,text,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function payload_hash(text) returns text language sql immutable
function read_settlements(uuid[]) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function refuse_rewriting() returns trigger language plpgsql
function release_holds(uuid) returns void language plpgsql
function resume_settlements(uuid[],text,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function retry_due_settlements(jsonb,timestamp with time zone) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function retry_settlements(jsonb,timestamp with time zone,text,text) returns TABLE(settlement_id uuid, outcome text, code text, reason text, wakes text[], settlement jsonb) language plpgsql
function set_account_status(uuid,text,text,text) returns TABLE(previous_status text) language plpgsql
function settlement_obstacle(uuid) returns record language plpgsql
function swap_is_right(uuid) returns boolean language plpgsql stable
function swap_legs(swap_request,text) returns void language plpgsql
function swap_postings(uuid) returns TABLE("position" integer, account_id uuid, asset text, amount numeric) language sql stable

-- triggers
CREATE TRIGGER check_balances_of_customers AFTER INSERT ON public.balances REFERENCING NEW TABLE AS new_balances FOR EACH STATEMENT EXECUTE FUNCTION check_balances_of_customers()
CREATE TRIGGER copy_primary_cash AFTER UPDATE ON public.balances REFERENCING NEW TABLE AS changed_balances FOR EACH STATEMENT EXECUTE FUNCTION copy_primary_cash()
CREATE TRIGGER copy_primary_cash_of_new AFTER INSERT ON public.balances REFERENCING NEW TABLE AS changed_balances FOR EACH STATEMENT EXECUTE FUNCTION copy_primary_cash()
CREATE TRIGGER refuse_rewriting BEFORE DELETE OR UPDATE OR TRUNCATE ON public.hold_rejections FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
CREATE TRIGGER guard_holds BEFORE UPDATE ON public.holds FOR EACH ROW EXECUTE FUNCTION guard_holds()
CREATE TRIGGER refuse_removing_holds BEFORE DELETE OR TRUNCATE ON public.holds FOR EACH STATEMENT EXECUTE FUNCTION guard_holds()
CREATE TRIGGER refuse_rewriting BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
CREATE TRIGGER check_postings_sum AFTER INSERT ON public.postings REFERENCING NEW TABLE AS new_postings FOR EACH STATEMENT EXECUTE FUNCTION check_postings_sum()
CREATE TRIGGER refuse_rewriting BEFORE DELETE OR UPDATE OR TRUNCATE ON public.postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
CREATE TRIGGER apply_settlement_events AFTER INSERT ON public.settlement_events REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION apply_settlement_events()
CREATE TRIGGER refuse_rewriting BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlement_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
CREATE TRIGGER refuse_rewriting BEFORE DELETE OR UPDATE OR TRUNCATE ON public.settlement_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
CREATE TRIGGER guard_settlement_state BEFORE UPDATE OF id, trade_id, buyer_account_id, seller_account_id, symbol, quantity, amount, buyer_commission, seller_commission, base_asset, quote_asset, accept_seq, status, event_seq, attempt, retry_count, paused, lane, settlement_date, intended_settlement_date, deadline_at, next_attempt_at, parked_since, closed_at, failure_code, failure_reason, failed_at, initiated_at, confirmed_at, settled_at, dvp_contract_id, dvp_atomic_transaction_id, seller_securities_ledger_ref, buyer_cash_ledger_ref, buyer_securities_ledger_ref, seller_cash_ledger_ref ON public.settlements FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION guard_settlement_state()

-- privileges on tables, views and sequences
accounts to cantondex_user: select
audit_logs to cantondex_user: insert, select
balances to cantondex_user: insert, select
deposits to cantondex_user: insert, select
hold_rejections to cantondex_user: insert, select
holds to cantondex_user: insert, select
instruments to cantondex_user: insert, select
kyc_documents to cantondex_user: select
ledger_transactions to cantondex_user: insert, select
line_credits to cantondex_user: select
line_debits to cantondex_user: select
market_data to cantondex_user: select
orders to cantondex_user: insert, select
outbox to cantondex_user: select
postings to cantondex_user: insert, select
settlement_events to cantondex_user: insert, select
settlement_rows to cantondex_user: select
settlement_transitions to cantondex_user: select
settlements to cantondex_user: select
settlements_accept_seq to cantondex_user: usage
settlements_in_line to cantondex_user: select
trades to cantondex_user: insert, select
users to cantondex_user: insert, select
withdrawals to cantondex_user: insert, select

-- privileges on columns
accounts to cantondex_user: insert (id, user_id, account_number, account_type, status, currency_primary, currency_secondary, created_at, updated_at)
accounts to cantondex_user: update (status, updated_at)
balances to cantondex_user: update (available, reserved)
deposits to cantondex_user: update (confirmations, required_confirmations, status, confirmed_at)
holds to cantondex_user: update (status, ended_at)
instruments to cantondex_user: update (status, updated_at)
settlements to cantondex_user: insert (id, trade_id, buyer_account_id, seller_account_id, symbol, quantity, amount, settlement_date, base_asset, quote_asset, buyer_commission, seller_commission, accept_seq, lane, intended_settlement_date, deadline_at)
settlements to cantondex_user: update (updated_at, waiting_since)
users to cantondex_user: update (status, updated_at)
withdrawals to cantondex_user: update (fee, net_amount, transaction_hash, status, approved_by, approved_at, confirmed_at)

-- privileges on functions
abort_attempts(jsonb,timestamp with time zone,text,integer,integer) to cantondex_user
accept_trades(jsonb,text) to cantondex_user
adjust_balance(text,uuid,text,uuid,text,numeric,date,text,text) to cantondex_user
answer_steps(step_answer[]) to cantondex_user
attempt_is_by_hand(uuid,integer) to cantondex_user
awaited_in_line(uuid,date) to cantondex_user
cancel_settlements(uuid[],timestamp with time zone,text,text) to cantondex_user
close_settlements(uuid[],timestamp with time zone,text) to cantondex_user
credit_obstacle(uuid) to cantondex_user
credited_waiters(uuid,date) to cantondex_user
decide_leg(text,leg_request,timestamp with time zone,text) to cantondex_user
execute_settlements(jsonb,timestamp with time zone,text) to cantondex_user
finalise_settlements(uuid[],text) to cantondex_user
first_waiter(uuid,text,date) to cantondex_user
first_waiters(uuid,date) to cantondex_user
hold_leg(text,leg_request,uuid,text,numeric,text,date,text) to cantondex_user
hopeless_waiter(uuid,text,date) to cantondex_user
initiate_settlements(jsonb,timestamp with time zone,text) to cantondex_user
insert_accepted(jsonb,text) to cantondex_user
lock_leg(text,jsonb,timestamp with time zone,text) to cantondex_user
lock_settlement_balances(uuid[]) to cantondex_user
lock_settlements(uuid[]) to cantondex_user
note_waiting(uuid,timestamp with time zone) to cantondex_user
open_accounts(jsonb) to cantondex_user
open_balances(jsonb,text,text) to cantondex_user
party_problem(jsonb) to cantondex_user
pause_settlements(uuid[],timestamp with time zone,text,text) to cantondex_user
payload_hash(text) to cantondex_user
read_settlements(uuid[]) to cantondex_user
release_holds(uuid) to cantondex_user
resume_settlements(uuid[],text,text) to cantondex_user
retry_due_settlements(jsonb,timestamp with time zone) to cantondex_user
retry_settlements(jsonb,timestamp with time zone,text,text) to cantondex_user
set_account_status(uuid,text,text,text) to cantondex_user
settlement_obstacle(uuid) to cantondex_user
swap_is_right(uuid) to cantondex_user
swap_legs(swap_request,text) to cantondex_user
swap_postings(uuid) to cantondex_user

-- owners other than cantondex_owner

