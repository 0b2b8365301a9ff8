import { POSTGRES } from './stack-constants';

/** What the server is told beside its defaults. Nothing here trades safety for speed, except for a throw-away cluster. */
export function postgresSettings(port: number, durable: boolean): string {
  const settings: Record<string, string | number> = {
    listen_addresses: `'${POSTGRES.host}'`,
    port,
    unix_socket_directories: "''", // a socket's path must be short, a data folder's need not be
    max_connections: 100,
    shared_buffers: '256MB',
    effective_cache_size: '1GB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    synchronous_commit: 'on',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    wal_level: 'replica',
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    jit: 'off',
    track_io_timing: 'on',
    timezone: "'UTC'",
    log_timezone: "'UTC'",
    log_line_prefix: "'%m [%p] %q%u '",
    log_lock_waits: 'on',
    idle_in_transaction_session_timeout: '60s',
    client_connection_check_interval: '5s',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}
