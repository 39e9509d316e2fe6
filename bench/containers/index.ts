import { mkdir } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { container, forkContainer } from '@pgfork/containers'
import { type CreateForkOptions, createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { createTemplate, pruneTemplates } from '@pgfork/testing'
import { createCluster } from '../../test/support/cluster/index.ts'
import { startDatabase, startEngine, startSource } from '../../test/support/engine/index.ts'
import { createBtrfs } from '../../test/support/storage/create-btrfs.ts'
import { makeStateDirectory } from '../../test/support/workbench/make-state-directory.ts'
import { formatGoal, formatMs, formatRatio, formatTable, type Goal } from '../report.ts'
import { medianOf } from '../statistics.ts'

// npm run bench:containers -- [--runs 7]
// A fork in a container beside one as a process, a server of a pool, and PostgreSqlContainer's own snapshots, in turns.
const { values } = parseArgs({ options: { runs: { type: 'string', default: '7' } } })
const runs = Number(values.runs)

const times = new Map<string, number[]>()
const note = (name: string, milliseconds: number): void => {
  times.set(name, [...(times.get(name) ?? []), milliseconds])
}
async function time<T>(name: string, action: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const result = await action()
  note(name, performance.now() - startedAt)
  return result
}

async function timeFork(name: string, options: CreateForkOptions): Promise<void> {
  const fork = await time(name, () => createFork(options))
  for (const step of fork.steps) if (step.name === 'start') note(`${name}, start`, step.milliseconds)
  await time(`${name}, destroyed`, () => fork.destroy())
}

const pooled = 20
const name = {
  process: 'a fork as a process',
  host: 'a fork in a container',
  none: "a fork in a container, `network: 'none'`",
  template: 'a server for a test, from a template, in a container',
  pool: 'the same from a pool that is ready',
  testcontainers: '`forkContainer` of a PostgreSqlContainer',
  snapshot: 'its own `snapshot()`',
  restore: 'its own `restoreSnapshot()`',
}

async function measure(): Promise<void> {
  await using state = await makeStateDirectory()
  await using storage = await createBtrfs()
  await using engine = await startEngine(storage.path)
  await mkdir(join(storage.path, 'sources'))
  const folder = (of: string) => storage.createSubvolume(`sources/${of}`)
  const options = { stateDirectory: state.path, driver: btrfs() }
  await using cluster = await createCluster({ directory: await folder('process') })
  await startSource(engine, { name: 'db', words: ['--volume', `${await folder('db')}:/var/lib/postgresql/data`] })
  await engine.docker('network', 'create', 'tests')
  await using started = await startDatabase(engine.image, 'tests')
  const template = await createTemplate({ ...options, key: 'bench', source: container('db'), database: 'shop' })
  for (let run = 0; run < runs; run++) {
    await timeFork(name.process, { ...options, source: cluster.dataDirectory })
    for (const network of ['host', 'none'] as const)
      await timeFork(name[network], { ...options, source: container('db', { network }) })
    await using server = await time(name.template, () => template.fork())
    await server.destroy()
    await using fork = await time(name.testcontainers, () => forkContainer(started, options))
    await fork.destroy()
    await time(name.snapshot, () => started.snapshot())
    await time(name.restore, () => started.restoreSnapshot())
  }
  {
    await using pool = template.pool({ size: pooled })
    await pool.warm()
    for (let index = 0; index < pooled; index++) await time(name.pool, () => pool.acquire())
  }
  await pruneTemplates({ ...options, all: true })
  await engine.docker('rm', '--force', '--volumes', 'db')
}

const median = (of: string): number => medianOf(times.get(of) ?? [])

try {
  const before = loadavg()[0] ?? 0
  await measure()
  const rows = Object.values(name).map((of) => [
    of,
    ...[of, `${of}, start`, `${of}, destroyed`].map((key) => (times.has(key) ? formatMs(median(key)) : '')),
  ])
  console.log(formatTable(['', 'made in', 'of which the start', 'destroyed in'], rows))
  console.log(
    `\nMedians of ${runs} (of the pool ${pooled}); load ${before.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after.\n`,
  )
  const goals: Goal[] = [
    {
      what: 'a fork in a container / one as a process',
      limit: 2.2,
      found: median(name.host) / median(name.process),
      format: formatRatio,
    },
    { what: 'a server of a pool that is ready', limit: 5, found: median(name.pool), format: formatMs },
  ]
  for (const goal of goals) console.log(formatGoal(goal))
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
