import { describeHistory, type Fork, recordHistory, removeHistory } from '@pgfork/core'
import { expect, test } from 'vitest'
import { type Cluster, promoteStandby } from '../../support/cluster/index.ts'
import { runner } from '../../support/system/runner.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, keepAll, recordInTurn, type Written, write } from './describe-moments.ts'

await describeOn('btrfs', { below: 'main', settings: { autovacuum: 'off', wal_keep_size: '256MB' } }, (bench) => {
  const request = () => ({ source: bench.source.dataDirectory, ...bench.options })

  test('H108: an older state was put back twice, and its timeline got the same number: moments before stay as they were', async () => {
    const { source } = bench
    const writeApart = async (id: number): Promise<Written> => {
      const written = await write(source, id)
      await source.query('SELECT pg_switch_wal()')
      return written
    }
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await recordInTurn(request())
    await writeApart(1)
    await keepCopy(source, 'oldest')
    await writeApart(2)
    await keepCopy(source, 'older')
    await writeApart(3)
    await recordInTurn(request())
    await putBack(source, 'older')
    const fourth = await writeApart(4)
    await writeApart(5)
    await recordInTurn(request())
    const { snapshots } = await describeHistory(request())
    const eventsAt = async (): Promise<number[]> => {
      await using fork: Fork = await bench.fork({ at: fourth.after.location })
      return await eventsIn(fork)
    }
    expect(await eventsAt()).toEqual([1, 2, 4])

    await putBack(source, 'oldest')
    for (const id of [6, 7, 8, 9]) await writeApart(id)
    await expect(recordHistory({ ...request(), keep: keepAll })).rejects.toMatchObject({ code: 'HISTORY_DIVERGED' })
    expect((await describeHistory(request())).snapshots).toEqual(snapshots)
    expect(await eventsAt()).toEqual([1, 2, 4])

    await removeHistory(request())
    await recordInTurn(request())
    const last = await write(source, 10)
    await using fork = await bench.fork({ at: last.after.location })
    expect(await eventsIn(fork)).toEqual([1, 6, 7, 8, 9, 10])
    await removeHistory(request())
  })
})

const copyOf = ({ dataDirectory }: Cluster, name: string): string => `${dataDirectory}.${name}`

async function keepCopy(source: Cluster, name: string): Promise<void> {
  await source.stop()
  await runner.run('cp', ['-a', source.dataDirectory, copyOf(source, name)])
  await source.start()
}

/** As a standby of nobody, which is promoted: it begins the next timeline that it knows nothing of. */
async function putBack(source: Cluster, name: string): Promise<void> {
  const { dataDirectory } = source
  await source.stop()
  await runner.run('rm', ['-r', dataDirectory])
  await runner.run('mv', [copyOf(source, name), dataDirectory])
  await runner.run('cp', ['-a', `${dataDirectory}/PG_VERSION`, `${dataDirectory}/standby.signal`])
  await source.start()
  await promoteStandby(source)
}
