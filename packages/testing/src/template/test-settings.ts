/**
 * Settings for servers that live for one test, below the caller's own. Measured per server on PostgreSQL 15: see
 * docs/testing.md. Nothing here changes the result of a query.
 */
export function testSettings(major: number): Record<string, string> {
  return {
    // Memory that a server takes although it does nothing: shared buffers as they are used, 20 kB for each connection.
    shared_buffers: '8MB',
    max_connections: '25',
    // No process that wakes up by itself; `vacuum` and `analyze` have run in the template.
    autovacuum: 'off',
    // PostgreSQL 18 would start three processes for reading ahead.
    ...(major >= 18 ? { io_method: 'sync' } : {}),
    // Compiling queries takes longer than running them on a test's data.
    ...(major >= 11 ? { jit: 'off' } : {}),
    // Nothing is flushed, so there is nothing to do often.
    wal_writer_delay: '10s',
    bgwriter_delay: '10s',
    checkpoint_timeout: '1h',
  }
}

/** While the template is made, one server may take more. */
export const setupSettings = { shared_buffers: '64MB', max_wal_size: '4GB', maintenance_work_mem: '128MB' }
