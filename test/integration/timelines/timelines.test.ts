import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot, type Fork, type SnapshotDriver } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { writeServerFile } from '../../support/cluster/configuration.ts'
import { createStandby, followOther, hasRecoveryFile, waitForReplay } from '../../support/cluster/index.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const timelineOf = async (server: Parameters<typeof query>[0]): Promise<number> => {
  const rows = await query<{ file: string }>(server, 'SELECT pg_walfile_name(pg_current_wal_lsn()) AS file')
  return Number.parseInt(rows[0]?.file.slice(0, 8) ?? '', 16)
}

/** The same driver, whose first `count` clones become visible at the same time. */
function attachingTogether(driver: SnapshotDriver, count: number): SnapshotDriver {
  let missing = count
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    ...driver,
    async attach(clone, context) {
      const path = await driver.attach(clone, context)
      if (--missing === 0) open()
      await gate
      return path
    },
  }
}

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE lines (id int)')
  })

  test('H12: a standby of the source that is pointed at the fork is refused by PostgreSQL', async () => {
    const { source } = bench
    await using standby = await createStandby(source, { directory: await bench.directory('standby-of-source') })
    bench.watch(standby)
    await using fork = await bench.fork()
    await source.query('INSERT INTO lines VALUES (1)')
    await waitForReplay(source, standby)
    await query(fork, 'INSERT INTO lines VALUES (2)')

    await followOther(standby, fork.connection)
    await waitUntil(
      async () => /new timeline 2 forked off .*timeline 1 before current recovery point/.test(await standby.log()),
      { timeoutMs: 30_000, what: 'refusal in the log of the standby' },
    )
    expect(await standby.query('SELECT id FROM lines')).toEqual([{ id: 1 }])
    await expect(standby.restart()).rejects.toThrow('requested timeline 2 does not contain minimum recovery point')
  })

  test('H12: a fork that is pointed at its source is refused by PostgreSQL', async () => {
    const { source } = bench
    await using fork = await bench.fork()
    await query(fork, 'INSERT INTO lines VALUES (3)')
    await source.query('INSERT INTO lines VALUES (4)')
    await followServer(fork, source.connection)
    await waitUntil(
      async () => /highest timeline 1 of the primary is behind recovery timeline 2/.test(await logOf(fork)),
      { timeoutMs: 30_000, what: 'refusal in the log of the fork' },
    )
    // It tries again every few seconds; then it is seen as `startup` for a moment.
    expect(await source.query(`SELECT state FROM pg_stat_replication WHERE state <> 'startup'`)).toEqual([])
  })

  test('H14: siblings have timelines of their own, also those that several processes make at the same time', async () => {
    const { source } = bench
    const made: { readonly timeline: number; readonly connection: Fork['connection'] }[] = []
    const destroys: (() => Promise<unknown>)[] = []
    try {
      const processes = await Promise.all([1, 2].map(() => startForkProcess(bench.stateDirectory)))
      destroys.push(...processes.map((other) => () => other.end('cleanly')))
      const elsewhere = processes.map(async (other, index) => {
        const fork = await other.create({ source: source.dataDirectory, name: `elsewhere-${index}` })
        destroys.unshift(() => other.perform('destroy', fork.name))
        made.push(fork)
      })
      // Those of this process come to the choice of their timelines in the same moment.
      const driver = attachingTogether(bench.options.driver, 4)
      const here = [1, 2, 3, 4].map(async () => {
        const fork = await bench.fork({ driver })
        destroys.unshift(() => fork.destroy())
        made.push(fork)
      })
      await Promise.all([...elsewhere, ...here])
      const expected = [2, 3, 4, 5, 6, 7]
      expect(made.map(({ timeline }) => timeline).sort()).toEqual(expected)
      expect((await Promise.all(made.map(timelineOf))).sort()).toEqual(expected)
      // What they hold off each other stays out of their WAL.
      for (const fork of made) expect(await historiesOf(fork)).toEqual([`0000000${fork.timeline}.history`])
    } finally {
      for (const destroy of destroys) await destroy()
    }
  })

  test('H14: a fork of a fork, and its sibling, have timelines that none of their relatives has', async () => {
    await using parent = await bench.fork()
    await query(parent, 'INSERT INTO lines VALUES (10)')
    await using sibling = await bench.fork()
    await using child = await bench.fork({ source: parent.dataDirectory })
    await query(parent, 'INSERT INTO lines VALUES (11)')
    await using grandchild = await bench.fork({ source: child.dataDirectory })
    const family = [parent, sibling, child, grandchild]
    expect(family.map(({ timeline }) => timeline)).toEqual([2, 3, 4, 5])
    expect(await Promise.all(family.map(timelineOf))).toEqual([2, 3, 4, 5])
    expect(child.sourceTimeline).toBe(2)
    expect(grandchild.sourceTimeline).toBe(4)
    expect(await query(grandchild, 'SELECT id FROM lines WHERE id >= 10')).toEqual([{ id: 10 }])
    // PostgreSQL's own account of where they come from.
    expect(await historiesOf(grandchild)).toEqual(['00000002.history', '00000004.history', '00000005.history'])
    expect(await timelineOf(bench.source)).toBe(1)
  })

  test('H143: what was made of a fork keeps its timeline from others when that fork is gone', async () => {
    const parent = await bench.fork()
    const child = await bench.fork({ source: parent.dataDirectory })
    await parent.destroy()
    await using other = await bench.fork()
    expect([child.timeline, other.timeline]).toEqual([3, 4])
    const grandchild = await bench.fork({ source: child.dataDirectory })
    await using snapshot = await createSnapshot({ ...bench.options, source: grandchild.dataDirectory, name: 'last' })
    await child.destroy()
    await grandchild.destroy()
    await using later = await bench.fork()
    // The snapshot descends from 2, 3 and 5.
    expect([snapshot.timeline, later.timeline]).toEqual([5, 6])
  })

  test('H14: reset, stop and start change no timeline, and a destroyed fork gives its own back', async () => {
    await using first = await bench.fork()
    {
      await using second = await bench.fork()
      await first.reset()
      await first.stop()
      await first.start()
      expect([await timelineOf(first), await timelineOf(second)]).toEqual([2, 3])
    }
    await using third = await bench.fork()
    expect(await timelineOf(third)).toBe(3)
  })

  test("with timeline: 'keep' the fork stays on its source's timeline", async () => {
    await using fork = await bench.fork({ timeline: 'keep' })
    expect([fork.timeline, await timelineOf(fork)]).toEqual([1, 1])
    await query(fork, 'INSERT INTO lines VALUES (20)')
  })

  /** Stops a fork and starts it as a standby of a server. */
  async function followServer(
    fork: Fork,
    { host, port }: { readonly host: string; readonly port: number },
  ): Promise<void> {
    await fork.stop()
    const isByFile = hasRecoveryFile(bench.source)
    const streaming = `primary_conninfo = 'host=${host} port=${port} user=postgres'\n`
    const [name, content] = isByFile ? ['recovery.conf', `standby_mode = on\n${streaming}`] : ['standby.signal', '']
    await writeServerFile(join(fork.dataDirectory, name), content)
    await appendFile(join(fork.dataDirectory, 'postgresql.auto.conf'), `hot_standby = on\n${isByFile ? '' : streaming}`)
    await fork.start()
  }

  const logOf = (fork: Fork): Promise<string> => readFile(fork.logFile, 'utf8')

  const historiesOf = async (server: Parameters<typeof query>[0]): Promise<string[]> =>
    (
      await query<{ name: string }>(
        server,
        `SELECT name FROM pg_ls_dir('pg_wal') AS name WHERE name LIKE '%.history' ORDER BY name`,
      )
    ).map(({ name }) => name)
})
