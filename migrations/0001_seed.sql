-- The ten tables that CantonDEX's services share. docs/SCHEMA.md lists every departure from the schema they were given as, with its reason.
-- Run as cantondex_owner (src/postgres/migrate.ts sets the role), so that the application's login owns nothing.

-- Up Migration

-- A new function is nobody's to call until a grant says so; without this every function would start out executable by all.
alter default privileges for role cantondex_owner revoke execute on functions from public;

-- Every amount, price and quantity. numeric(18,8) and numeric(38,18) round in silence before any check can look;
-- this refuses instead. NaN passes `check (x >= 0)`, since NaN sorts above every number, so it is stopped here, once, for all columns;
-- the bound stops Infinity.
create domain amount as numeric
  constraint amount_is_a_number check (value <> 'NaN')
  constraint amount_scale_at_most_18 check (scale(value) <= 18)
  constraint amount_below_1e20 check (abs(value) < 1e20);

create type kyc_status as enum ('pending', 'approved', 'rejected', 'pending_update');
create type kyc_tier as enum ('tier_0', 'tier_1', 'tier_2', 'tier_3');
create type user_account_type as enum ('retail', 'professional', 'institutional');
create type user_status as enum ('active', 'suspended', 'closed');
create type account_type as enum ('spot', 'margin', 'custody');
create type account_status as enum ('active', 'inactive', 'closed', 'margin_call');
create type order_side as enum ('buy', 'sell');
create type order_type as enum ('limit', 'market', 'stop', 'stop_limit', 'post_only');
create type order_time_in_force as enum ('gtc', 'ioc', 'fok', 'day');
create type order_status as enum ('pending', 'accepted', 'filled', 'partially_filled', 'cancelled', 'rejected');
create type settlement_status as enum (
  'pending', 'initiated', 'seller_securities_locked', 'buyer_cash_locked', 'executing', 'confirmed',
  'settled', 'failed', 'partially_settled'
);
create type deposit_status as enum ('pending', 'confirmed', 'failed');
create type withdrawal_status as enum ('pending', 'approved', 'processing', 'confirmed', 'failed', 'cancelled');
create type kyc_document_type as enum ('passport', 'drivers_license', 'national_id', 'address_proof', 'employment_proof');
create type kyc_verification_status as enum ('pending', 'approved', 'rejected');

create table users (
  id uuid not null default gen_random_uuid(),
  email varchar(255) not null,
  password_hash varchar(255) not null,
  first_name varchar(100),
  last_name varchar(100),
  phone varchar(20),
  kyc_status kyc_status not null default 'pending',
  kyc_tier kyc_tier not null default 'tier_0',
  account_type user_account_type not null default 'retail',
  status user_status not null default 'active',
  two_factor_enabled boolean not null default false,
  last_login_at timestamptz,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp,
  deleted_at timestamptz,
  constraint users_pkey primary key (id),
  constraint users_email_key unique (email)
);

create index idx_users_kyc_status on users (kyc_status);
create index idx_users_created_at on users (created_at desc);
create index idx_users_deleted_at on users (deleted_at) where deleted_at is null;

create table accounts (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  account_number varchar(20) not null,
  account_type account_type not null default 'spot',
  status account_status not null default 'active',
  currency_primary varchar(10) not null default 'USDC',
  currency_secondary varchar(10) not null default 'USD',
  cash_balance amount not null default 0,
  reserved_balance amount not null default 0,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp,
  constraint accounts_pkey primary key (id),
  constraint accounts_account_number_key unique (account_number),
  constraint accounts_user_id_fkey foreign key (user_id) references users (id) on delete restrict,
  constraint check_cash_balance check (cash_balance >= 0),
  constraint check_reserved_balance check (reserved_balance >= 0)
);

create index idx_accounts_user_id on accounts (user_id);
create index idx_accounts_status on accounts (status);
create index idx_accounts_created_at on accounts (created_at desc);

create table orders (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  client_order_id varchar(255),
  symbol varchar(20) not null,
  side order_side not null,
  order_type order_type not null,
  quantity amount not null,
  price amount,
  time_in_force order_time_in_force not null default 'gtc',
  status order_status not null default 'pending',
  filled amount not null default 0,
  average_fill_price amount,
  commission amount not null default 0,
  commission_rate amount,
  hidden boolean not null default false,
  post_only boolean not null default false,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp,
  executed_at timestamptz,
  cancelled_at timestamptz,
  constraint orders_pkey primary key (id),
  constraint orders_account_id_fkey foreign key (account_id) references accounts (id) on delete restrict,
  constraint check_order_quantity check (quantity > 0),
  constraint check_order_filled check (filled <= quantity and filled >= 0),
  -- A market order has no price. A stop order may carry its trigger there. The others are nothing without one.
  constraint check_order_price check (
    case order_type
      when 'market' then price is null
      when 'stop' then price is null or price > 0
      else price is not null and price > 0
    end
  )
);

create index idx_orders_account_id on orders (account_id);
create index idx_orders_symbol on orders (symbol);
create index idx_orders_status on orders (status);
create index idx_orders_created_at on orders (created_at desc);
create index idx_orders_account_symbol_status on orders (account_id, symbol, status);

-- One row a match, from the buyer's side: order_id, account_id and commission are the buyer's, counter_* the seller's.
create table trades (
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  matching_engine_trade_id varchar(255),
  account_id uuid not null,
  symbol varchar(20) not null,
  side order_side not null,
  quantity amount not null,
  price amount not null,
  gross_amount amount,
  commission amount,
  net_amount amount,
  counter_order_id uuid not null,
  counter_account_id uuid not null,
  executed_at timestamptz not null,
  created_at timestamptz not null default current_timestamp,
  constraint trades_pkey primary key (id),
  constraint trades_matching_engine_trade_id_key unique (matching_engine_trade_id),
  constraint trades_order_id_fkey foreign key (order_id) references orders (id) on delete restrict,
  constraint trades_account_id_fkey foreign key (account_id) references accounts (id) on delete restrict,
  constraint trades_counter_order_id_fkey foreign key (counter_order_id) references orders (id) on delete restrict,
  constraint trades_counter_account_id_fkey foreign key (counter_account_id) references accounts (id) on delete restrict,
  constraint check_trade_side check (side = 'buy'),
  constraint check_trade_sides_differ check (account_id <> counter_account_id),
  constraint check_trade_quantity check (quantity > 0),
  constraint check_trade_price check (price > 0)
);

create index idx_trades_account_id on trades (account_id);
create index idx_trades_symbol on trades (symbol);
create index idx_trades_executed_at on trades (executed_at desc);
create index idx_trades_order_id on trades (order_id);
create index idx_trades_account_executed_at on trades (account_id, executed_at desc);

create table settlements (
  id uuid not null default gen_random_uuid(),
  trade_id uuid not null,
  buyer_account_id uuid not null,
  seller_account_id uuid not null,
  symbol varchar(20) not null,
  quantity amount not null,
  amount amount not null,
  status settlement_status not null default 'pending',
  dvp_contract_id varchar(255),
  dvp_atomic_transaction_id varchar(255),
  buyer_securities_ledger_ref varchar(255),
  seller_securities_ledger_ref varchar(255),
  buyer_cash_ledger_ref varchar(255),
  seller_cash_ledger_ref varchar(255),
  settlement_date date not null,
  initiated_at timestamptz,
  confirmed_at timestamptz,
  settled_at timestamptz,
  failed_at timestamptz,
  failure_reason text,
  retry_count integer not null default 0,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz,
  constraint settlements_pkey primary key (id),
  constraint settlements_trade_id_key unique (trade_id),
  constraint settlements_trade_id_fkey foreign key (trade_id) references trades (id) on delete restrict,
  constraint settlements_buyer_account_id_fkey foreign key (buyer_account_id) references accounts (id) on delete restrict,
  constraint settlements_seller_account_id_fkey foreign key (seller_account_id) references accounts (id) on delete restrict,
  constraint check_settlement_amount check (amount > 0),
  constraint check_settlement_quantity check (quantity > 0),
  constraint check_settlement_sides_differ check (buyer_account_id <> seller_account_id),
  constraint check_settlement_retry_count check (retry_count >= 0)
);

create index idx_settlements_buyer_account_id on settlements (buyer_account_id);
create index idx_settlements_seller_account_id on settlements (seller_account_id);
create index idx_settlements_status on settlements (status);
create index idx_settlements_settlement_date on settlements (settlement_date);
create index idx_settlements_buyer_settlement_date on settlements (buyer_account_id, settlement_date desc);

create table deposits (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  currency varchar(10) not null,
  blockchain varchar(50) not null,
  amount amount not null,
  blockchain_address varchar(255) not null,
  blockchain_tag varchar(255),
  transaction_hash varchar(255),
  -- Which of the transaction's payments this is (output or log index); -1 where the chain pays one address a transaction.
  output_index integer not null default -1,
  confirmations integer not null default 0,
  required_confirmations integer not null default 12,
  status deposit_status not null default 'pending',
  created_at timestamptz not null default current_timestamp,
  confirmed_at timestamptz,
  constraint deposits_pkey primary key (id),
  constraint deposits_blockchain_transaction_hash_output_index_key unique (blockchain, transaction_hash, output_index),
  constraint deposits_account_id_fkey foreign key (account_id) references accounts (id) on delete restrict,
  constraint check_deposit_amount check (amount > 0),
  constraint check_deposit_output_index check (output_index >= -1),
  constraint check_deposit_confirmations check (confirmations >= 0 and required_confirmations >= 0)
);

create index idx_deposits_account_id on deposits (account_id);
create index idx_deposits_status on deposits (status);
create index idx_deposits_created_at on deposits (created_at desc);

create table withdrawals (
  id uuid not null default gen_random_uuid(),
  account_id uuid not null,
  currency varchar(10) not null,
  blockchain varchar(50) not null,
  amount amount not null,
  blockchain_address varchar(255) not null,
  blockchain_tag varchar(255),
  fee amount,
  net_amount amount,
  transaction_hash varchar(255),
  status withdrawal_status not null default 'pending',
  approved_by uuid,
  approved_at timestamptz,
  created_at timestamptz not null default current_timestamp,
  confirmed_at timestamptz,
  constraint withdrawals_pkey primary key (id),
  constraint withdrawals_transaction_hash_key unique (transaction_hash),
  constraint withdrawals_account_id_fkey foreign key (account_id) references accounts (id) on delete restrict,
  constraint withdrawals_approved_by_fkey foreign key (approved_by) references users (id) on delete restrict,
  constraint check_withdrawal_amount check (amount > 0),
  constraint check_withdrawal_fee check (fee >= 0),
  constraint check_withdrawal_net_amount check (net_amount > 0)
);

create index idx_withdrawals_account_id on withdrawals (account_id);
create index idx_withdrawals_status on withdrawals (status);
create index idx_withdrawals_created_at on withdrawals (created_at desc);

create table kyc_documents (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  document_type kyc_document_type not null,
  document_name varchar(255) not null,
  document_path varchar(500) not null,
  mime_type varchar(50),
  file_size integer,
  verification_status kyc_verification_status not null default 'pending',
  verified_by uuid,
  verified_at timestamptz,
  rejection_reason text,
  uploaded_at timestamptz not null default current_timestamp,
  constraint kyc_documents_pkey primary key (id),
  constraint kyc_documents_user_id_fkey foreign key (user_id) references users (id) on delete cascade,
  constraint kyc_documents_verified_by_fkey foreign key (verified_by) references users (id) on delete restrict
);

create index idx_kyc_documents_user_id on kyc_documents (user_id);
create index idx_kyc_documents_verification_status on kyc_documents (verification_status);

create table market_data (
  time timestamptz not null,
  symbol varchar(20) not null,
  open amount not null,
  high amount not null,
  low amount not null,
  close amount not null,
  volume amount not null,
  trade_count integer,
  vwap amount,
  constraint market_data_pkey primary key (symbol, time)
);

create index idx_market_data_symbol on market_data (symbol);

create table audit_logs (
  id uuid not null default gen_random_uuid(),
  user_id uuid,
  account_id uuid,
  event_type varchar(50) not null,
  resource_type varchar(50),
  resource_id varchar(255),
  action varchar(50),
  details jsonb,
  ip_address inet,
  user_agent text,
  created_at timestamptz not null default current_timestamp,
  -- TimescaleDB wants the partition column in every unique key.
  constraint audit_logs_pkey primary key (id, created_at),
  constraint audit_logs_user_id_fkey foreign key (user_id) references users (id) on delete restrict,
  constraint audit_logs_account_id_fkey foreign key (account_id) references accounts (id) on delete restrict
);

create index idx_audit_logs_user_id on audit_logs (user_id);
create index idx_audit_logs_event_type on audit_logs (event_type);
create index idx_audit_logs_created_at on audit_logs (created_at desc);
create index idx_audit_logs_resource on audit_logs (resource_type, resource_id);

-- The setting exists only where the library is preloaded; without preload CREATE EXTENSION is FATAL and ends the session.
do $$
begin
  if current_setting('timescaledb.max_background_workers', true) is null then
    return;
  end if;
  if not exists (select from pg_extension where extname = 'timescaledb') then
    begin
      create extension timescaledb;
    exception when insufficient_privilege then
      raise exception 'TimescaleDB is preloaded here but cantondex_owner may not create the extension'
        using hint = 'A database administrator runs, in this database: create extension timescaledb;';
    end;
  end if;
  perform create_hypertable('market_data', 'time', if_not_exists => true);
  perform create_hypertable('audit_logs', 'created_at', if_not_exists => true, create_default_indexes => false);
end
$$;

-- cantondex_user is the application's login. It deletes and truncates nothing, changes no trade, no order and no audit record,
-- and cannot write accounts.cash_balance and reserved_balance, which follow from the ledger.
-- It may read all ten tables, because a backup made with it has to.
grant select on users, accounts, orders, trades, settlements, deposits, withdrawals, kyc_documents, market_data, audit_logs
  to cantondex_user;
grant insert on users, orders, trades, settlements, deposits, withdrawals, audit_logs to cantondex_user;
grant insert (id, user_id, account_number, account_type, status, currency_primary, currency_secondary, created_at, updated_at)
  on accounts to cantondex_user;
grant update (status, updated_at) on users to cantondex_user;
grant update (status, updated_at) on accounts to cantondex_user;
grant update (confirmations, required_confirmations, status, confirmed_at) on deposits to cantondex_user;
grant update (fee, net_amount, transaction_hash, status, approved_by, approved_at, confirmed_at) on withdrawals to cantondex_user;

-- Down Migration

drop table audit_logs;
drop table market_data;
drop table kyc_documents;
drop table withdrawals;
drop table deposits;
drop table settlements;
drop table trades;
drop table orders;
drop table accounts;
drop table users;

drop type kyc_verification_status;
drop type kyc_document_type;
drop type withdrawal_status;
drop type deposit_status;
drop type settlement_status;
drop type order_status;
drop type order_time_in_force;
drop type order_type;
drop type order_side;
drop type account_status;
drop type account_type;
drop type user_status;
drop type user_account_type;
drop type kyc_tier;
drop type kyc_status;
drop domain amount;

alter default privileges for role cantondex_owner grant execute on functions to public;
