import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, recordHistory, removeHistory } from '@pgfork/core'
import { type Cluster, reservePort } from '../../test/support/cluster/index.ts'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { giveToServerUser } from '../../test/support/system/server-user.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
import type { BenchOptions } from '../options.ts'
import { formatMs, formatRatio, formatSpread, formatSteps, formatTable, type Goal } from '../report.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { deleteSubvolume } from '../ways/by-hand.ts'
import { recoverByHand, takeBase } from '../ways/recovery-target.ts'
import { openWorkbench, type Workbench, walBehindCheckpoint } from '../workbench.ts'
import type { Section } from './section.ts'

const mebibyte = 1024 * 1024

/** From the newest snapshot to the moment. */
const amounts = ({ walBytes }: BenchOptions): number[] => [mebibyte, 16 * mebibyte, walBytes / 5, walBytes]

/** What a fork of a moment may take with so much WAL, where a goal is set. */
const limits: Readonly<Record<number, number>> = { [16 * mebibyte]: 600, [500 * mebibyte]: 6000 }

const ways = ['by hand', 'createFork'] as const

interface Measured {
  readonly times: Readonly<Record<(typeof ways)[number], readonly number[]>>
  readonly steps: string
}

/** Forks of a past moment, by the WAL from the snapshot to it, beside plain PostgreSQL with its defaults. */
export const compareMoments: Section = {
  title: 'Past moments, by the WAL from the snapshot to the moment',
  async measure(options, tell) {
    if (options.driver !== 'btrfs') return { details: 'By hand only on Btrfs.', goals: [] }
    await using bench = await openWorkbench('btrfs', options.scale * 60 + (8 * options.walBytes) / mebibyte)
    await createPgbenchTables(bench.source, options.scale)
    const rows: string[][] = []
    const goals: Goal[] = []
    const steps: string[] = []
    for (const bytes of amounts(options)) {
      const name = `${Math.round(bytes / mebibyte)} MB`
      const measured = await measureAmount(bench, bytes, options.runs, (line) => tell(`${name}, ${line}`))
      for (const way of ways) rows.push([name, way, formatSpread(spreadOf(measured.times[way]))])
      steps.push(`- ${name}: ${measured.steps}`)
      const [byHand, own] = ways.map((way) => medianOf(measured.times[way])) as [number, number]
      const limit = limits[bytes]
      if (limit !== undefined) goals.push({ what: `${name}: createFork`, limit, found: own, format: formatMs })
      goals.push({ what: `${name}: createFork / by hand`, limit: 1.25, found: own / byHand, format: formatRatio })
    }
    const table = formatTable(['WAL', 'way', 'time, median (min - max)'], rows)
    return { details: `${table}\n\nSteps of the last createFork of each:\n\n${steps.join('\n')}`, goals }
  },
}

async function measureAmount(
  bench: Workbench,
  bytes: number,
  runs: number,
  tell: (line: string) => void,
): Promise<Measured> {
  const { source, driver, path, stateDirectory } = bench
  const [base, archive, target] = ['base', 'archive', 'by-hand'].map((name) => join(path, name)) as [
    string,
    string,
    string,
  ]
  const request = { source: source.dataDirectory, driver, stateDirectory }
  await source.query('CHECKPOINT')
  await recordHistory({ ...request, keep: '9x1s' })
  await takeBase(source, base)
  await writeWal(bench, bytes)
  const [{ at = '' } = {}] = await source.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at')
  await source.query('INSERT INTO pgbench_history (delta) VALUES (0)')
  await archiveWal(source, archive)
  const times: Record<(typeof ways)[number], number[]> = { 'by hand': [], createFork: [] }
  let steps = ''
  const measure = async (way: (typeof ways)[number], make: () => Promise<() => Promise<void>>): Promise<void> => {
    const startedAt = performance.now()
    const remove = await make()
    times[way].push(performance.now() - startedAt)
    tell(`${way}: ${formatMs(times[way].at(-1) ?? 0)}`)
    await remove()
  }
  for (let run = 0; run < runs; run++) {
    await measure('createFork', async () => {
      const fork = await createFork({ ...request, at })
      steps = formatSteps(fork.steps)
      return () => fork.destroy()
    })
    const port = await reservePort()
    await measure('by hand', () => recoverByHand({ source, base, archive, target, port: port.port, at }))
    await port.release()
  }
  await removeHistory(request)
  await deleteSubvolume(base)
  await rm(archive, { recursive: true })
  return { times, steps }
}

/** Its recovering servers read it. */
async function archiveWal(source: Cluster, archive: string): Promise<void> {
  await mkdir(archive)
  await giveToServerUser(archive)
  const wal = join(source.dataDirectory, 'pg_wal')
  for (const segment of await readdir(wal)) {
    if (!/^[0-9A-F]{24}$/.test(segment)) continue
    await cp(join(wal, segment), join(archive, segment))
    await giveToServerUser(join(archive, segment))
  }
}

async function writeWal({ source }: Workbench, bytes: number): Promise<void> {
  const load = await startPgbench({ connection: { ...source.connection, user: 'hasty' } }, { clients: 8 })
  try {
    const isWritten = async (): Promise<boolean> => (await walBehindCheckpoint(source)) >= bytes
    await waitUntil(isWritten, { timeoutMs: 600_000, pauseMs: 20, what: `${bytes} bytes of WAL` })
  } finally {
    await load.stop()
  }
}
