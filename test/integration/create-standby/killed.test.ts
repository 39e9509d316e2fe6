import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { collectGarbage, createStandby, listStandbys, type StepName } from '@pgfork/core'
import { expect, test } from 'vitest'
import { letIn } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { standbyUntilKilled } from '../../support/programs/doomed-process.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const settings = { max_slot_wal_keep_size: '1GB', shared_buffers: '16MB' }

await describeOn('btrfs', { settings }, (bench) => {
  test('H94: a standby whose making was killed is made again by the same call, and the slot of the first try goes', async () => {
    const { source, storage, options } = bench
    await source.query(`CREATE ROLE replicator REPLICATION LOGIN PASSWORD 'of-the-replicator'`)
    await letIn(source, ['host all replicator 127.0.0.1/32 md5', 'host replication replicator 127.0.0.1/32 md5'])
    const directory = join(storage.path, 'killed')
    const life = {
      ...{ name: 'killed', directory, stateDirectory: options.stateDirectory, binDirectory: source.binDirectory },
      ...{ from: `postgresql://replicator:of-the-replicator@127.0.0.1:${source.port}/postgres`, slot: true },
    }
    const slots = () => source.query('SELECT slot_name FROM pg_replication_slots WHERE NOT temporary')
    const steps: readonly StepName[] = byExtent(['stream'], ['plan', 'seed', 'stream', 'ready'])
    for (const step of steps) {
      expect(await standbyUntilKilled({ ...life, step }), step).toBe(true)
      const standby = await createStandby({ ...options, ...life })
      try {
        expect(await standby.status(), step).toMatchObject({ state: 'streaming' })
        expect(await slots(), step).toHaveLength(1)
      } finally {
        await standby.destroy()
      }
      expect(await slots(), step).toEqual([])
      expect(existsSync(directory), step).toBe(false)
    }
    expect(await listStandbys(options)).toEqual([])
    expect(await collectGarbage(options)).toEqual([])
  })
})
