import { dynamicMemory } from './dynamic-memory.ts'

/**
 * Settings for servers that live for one test; the caller's override them. Measured for each server on PostgreSQL 15: see
 * docs/testing.md. They don't change what a query returns, with one exception: such a server doesn't flush at commit
 * (`synchronous_commit` is off), so logical decoding may lag behind. Set `synchronous_commit: 'on'` to test that.
 */
export function testSettings(major: number): Record<string, string> {
  return {
    // The memory of an idle server: shared buffers as they are used, 20 kB for each possible connection.
    shared_buffers: '8MB',
    max_connections: '25',
    // No process that wakes up by itself. The template was vacuumed and analyzed.
    autovacuum: 'off',
    // PostgreSQL 18 would start three processes for reading ahead.
    ...(major >= 18 ? { io_method: 'sync' } : {}),
    // Compiling queries takes longer than running them on a test's data.
    ...(major >= 11 ? { jit: 'off' } : {}),
    // Nothing is flushed, so these have nothing to do.
    wal_writer_delay: '10s',
    bgwriter_delay: '10s',
    checkpoint_timeout: '1h',
    ...dynamicMemory(),
  }
}

/** While the template is made, one server may use more. Only what forks don't inherit: its servers are no others than without. */
export const setupSettings = { shared_buffers: '64MB', max_wal_size: '4GB' }
