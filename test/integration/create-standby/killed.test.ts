import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { collectGarbage, createStandby, listStandbys, type StepName } from '@pgfork/core'
import { expect, test } from 'vitest'
import { letIn } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { standbyUntilKilled } from '../../support/programs/doomed-process.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const settings = { max_slot_wal_keep_size: '1GB', shared_buffers: '16MB' }

await describeOn('btrfs', { settings }, (bench) => {
  const optionsOf = (name: string) => {
    const { source, storage, options } = bench
    const from = `postgresql://replicator:of-the-replicator@127.0.0.1:${source.port}/postgres`
    const { stateDirectory } = options
    return {
      name,
      directory: join(storage.path, name),
      stateDirectory,
      binDirectory: source.binDirectory,
      from,
      ...{ slot: true, primaryIsHere: true },
    }
  }
  const prepare = async () => {
    const { source } = bench
    if ((await source.query(`SELECT FROM pg_roles WHERE rolname = 'replicator'`)).length > 0) return
    await source.query(`CREATE ROLE replicator REPLICATION LOGIN PASSWORD 'of-the-replicator'`)
    await letIn(source, ['host all replicator 127.0.0.1/32 md5', 'host replication replicator 127.0.0.1/32 md5'])
  }

  test('H94: a standby whose making was killed is made again by the same call, and the slot of the first try goes', async () => {
    const { source, options } = bench
    await prepare()
    const life = optionsOf('killed')
    const { directory } = life
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

  test('a standby whose new seed was killed in the middle of the switch goes on with what it had, whoever looks after it first', async () => {
    const { options } = bench
    await prepare()
    const life = optionsOf('switched')
    const standby = await createStandby({ ...options, ...life })
    try {
      for (const lookAfter of [() => standby.reseed({ ifBehind: true }), () => collectGarbage(options)]) {
        expect(await standbyUntilKilled({ ...life, reseeds: true, step: 'ready' })).toBe(true)
        await lookAfter()
        await waitUntil(async () => (await standby.status()).state === 'streaming', {
          timeoutMs: 60_000,
          what: async () => `standby that streams: ${JSON.stringify(await standby.status())}`,
        })
        expect(standby.dataDirectory).toBe(join(life.directory, '1', 'data'))
        expect(existsSync(join(life.directory, '2'))).toBe(false)
      }
    } finally {
      await standby.destroy()
    }
  })
})
