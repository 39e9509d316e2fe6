import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createFork, detectDriver, type Fork } from '@pgfork/core'
import pg from 'pg'
import { type Cluster, createCluster } from '../test/support/cluster/index.ts'
import { createPgbenchTables, type Load, startLoad } from '../test/support/load/index.ts'
import { chooseStorage, type DemoStorage } from './choose-storage.ts'
import { compareServers, drawTimelines, formatComparison } from './compare-servers.ts'
import { drawThroughput, type Moments } from './draw-throughput.ts'
import { findPostgresql } from './find-postgresql.ts'
import { formatBytes, formatCount, formatDuration } from './format.ts'
import { orInterrupted } from './interruption.ts'
import { measureDiskUse } from './measure-disk-use.ts'
import type { DemoOptions } from './options.ts'
import type { Screen } from './screen.ts'
import { showSteps } from './show-steps.ts'
import { paint } from './style.ts'

const warmUpMs = 1000
const clients = 4

export interface Stage {
  readonly screen: Screen
  readonly options: DemoOptions
  /** All that is made lies below it. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** Of pgfork, for the demo alone. */
export const stateDirectory = (folder: string): string => join(folder, 'state')

/** The demo, from a server to a fork of it. When it returns or throws, all of it has been taken down. */
export async function tellStory(stage: Stage): Promise<void> {
  const { screen, signal } = stage
  const postgresql = await findPostgresql(stage.folder)
  await using storage = await chooseStorage(stage.folder, stage.options)
  signal.throwIfAborted()
  screen.line(`  PostgreSQL  ${postgresql.description}`)
  screen.line(`  Storage     ${storage.description}`)
  screen.line(paint('dim', `              ${storage.reason}`))

  screen.heading('1  A server at work')
  const making = createCluster({ directory: storage.dataDirectory, ...postgresql.cluster })
  await using source = await screen.during('initdb and start', making, ({ port }) => `port ${port}`)
  signal.throwIfAborted()
  await fill(stage, source)
  await using load = await startLoad(source, { clients })
  const begun = await watchBefore(stage, load)

  screen.heading('2  Fork it meanwhile')
  const forkBegun = Date.now()
  await using fork = await forkIt(stage, storage, source)
  const forkReady = Date.now()
  screen.line(`    ${paint('bold', `${'in all'.padEnd(12)} ${formatDuration(forkReady - forkBegun).padStart(8)}`)}`)
  await changeBoth(source, fork)
  await watch(stage, 'source and fork are both at work')
  const moments = { begun, forkBegun, forkReady, ended: Date.now() }
  await orInterrupted(load.stop(), signal)

  await showComparison(stage, source, fork)
  await showThroughput(stage, load, moments)

  screen.heading('5  And gone')
  await screen.during('fork destroyed', fork.destroy())
}

async function fill({ screen, options, signal }: Stage, source: Cluster): Promise<void> {
  const make = async (): Promise<number> => {
    await createPgbenchTables(source, options.scale)
    await source.query(
      `CREATE TABLE tracking (state text); INSERT INTO tracking VALUES ('as before the fork'); CHECKPOINT`,
    )
    const [row] = await source.query<{ bytes: string }>('SELECT sum(pg_database_size(oid)) AS bytes FROM pg_database')
    return Number(row?.bytes)
  }
  const accounts = formatCount(options.scale * 100_000)
  await screen.during(`pgbench's tables, ${accounts} accounts`, orInterrupted(make(), signal), formatBytes)
}

/** Returns when the part that is shown begins. */
async function watchBefore(stage: Stage, load: Load): Promise<number> {
  const { screen, signal } = stage
  const who = `${clients} clients of ${load.kind === 'pgbench' ? 'pgbench' : 'this process'} at work`
  screen.underWay(() => who)
  await delay(warmUpMs, undefined, { signal })
  const begun = Date.now()
  await watch(stage, who)
  const tps = ((await load.samples()).filter(({ endMs }) => endMs >= begun).length * 1000) / (Date.now() - begun)
  screen.line(`  ${paint('green', '✔')} ${who}: ${formatCount(tps)} transactions per second`)
  return begun
}

async function watch({ screen, options, signal }: Stage, what: string): Promise<void> {
  const { watchedMs } = options
  const endsAt = performance.now() + watchedMs
  screen.underWay(() => `${what} ${paint('dim', formatDuration(Math.max(0, endsAt - performance.now())))}`)
  await delay(watchedMs, undefined, { signal })
  screen.underWay()
}

async function forkIt({ screen, folder, signal }: Stage, storage: DemoStorage, source: Cluster): Promise<Fork> {
  const { driver, dataDirectory } = storage
  const { volume } = await detectDriver(dataDirectory, [driver])
  screen.line(`    ${paint('cyan', `createFork({ source: '…/main', driver: ${driver.name}() })`)}`)
  if (driver.facts.atomicity === 'none')
    screen.line(
      paint('dim', `    a base backup of ${volume.copyOnWrite ? 'copies that share blocks' : 'copied bytes'}`),
    )
  screen.line()
  return createFork({
    source: { dataDirectory, binDirectory: source.binDirectory },
    driver,
    stateDirectory: stateDirectory(folder),
    signal,
    onProgress: showSteps(screen),
    onWarning: (message) => screen.line(`    ${paint('yellow', message)}`),
  })
}

async function changeBoth(source: Cluster, fork: Fork): Promise<void> {
  const client = new pg.Client(fork.connection)
  await client.connect()
  try {
    await client.query(`UPDATE tracking SET state = 'changed in the fork'`)
  } finally {
    await client.end()
  }
  await source.query(`UPDATE tracking SET state = 'changed in the source'`)
}

async function showComparison({ screen, signal }: Stage, source: Cluster, fork: Fork): Promise<void> {
  screen.heading('3  Two servers')
  screen.underWay(() => 'asking both, and comparing the blocks of their files')
  const comparison = await orInterrupted(compareServers(source, fork), signal)
  const diskUse = await orInterrupted(measureDiskUse(source.dataDirectory, fork.dataDirectory), signal)
  screen.underWay()
  for (const line of formatComparison(comparison, diskUse)) screen.line(line)
  screen.line()
  for (const line of drawTimelines(comparison, fork.verification?.position ?? '')) screen.line(line)
}

async function showThroughput({ screen }: Stage, load: Load, moments: Moments): Promise<void> {
  screen.heading('4  What the source felt')
  for (const line of drawThroughput(await load.samples(), moments, screen.width)) screen.line(line)
}
