import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const megabyte = 1024 * 1024

await describeOn('ext4', { settings: { max_wal_size: '64MB', min_wal_size: '32MB' } }, (bench) => {
  const walBytes = async (): Promise<number> => {
    const rows = await bench.source.query<{ bytes: number }>('SELECT sum(size)::float8 AS bytes FROM pg_ls_waldir()')
    return rows[0]?.bytes ?? 0
  }

  /** As much as fills many segments, each left behind at once. */
  async function writeWal(megabytes: number): Promise<void> {
    const client = await bench.source.client()
    for (let written = 0; written < megabytes; written += 16)
      await client.query(`SELECT pg_logical_emit_message(false, 'filling', repeat('x', ${megabyte})), pg_switch_wal()`)
    await client.query('CHECKPOINT')
    await client.end()
  }

  test('H69: from the end of the snapshot on no slot and no session of ours keeps the WAL of the source', async () => {
    const { source } = bench
    const found: unknown[] = []
    const look = async () => {
      found.push(await source.query('SELECT slot_name FROM pg_replication_slots'))
      found.push(await source.query(`SELECT pid FROM pg_stat_activity WHERE application_name = 'pgfork'`))
    }
    let kept = 0
    const steps: string[] = []
    await using fork = await bench.fork({
      driver: copy(),
      onProgress: ({ step, status }) => {
        if (status === 'started') steps.push(step)
      },
      async prepare() {
        await look()
        await writeWal(320)
        kept = await walBytes()
      },
      verify: { deep: true, check: look },
    })
    expect(fork.verification?.consistency).toBe('backup')
    expect(steps).toEqual(expect.arrayContaining(['snapshot', 'prepare', 'verify']))
    expect(found).toEqual([[], [], [], []])
    expect(kept / megabyte).toBeLessThanOrEqual(96)
  })
})
