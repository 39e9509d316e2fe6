import type { Template } from '@pgfork/testing'
import type { FileSystemName } from '../../test/support/storage/index.ts'
import { formatMs, formatRatio, formatSteps, formatTable, type Goal } from '../report.ts'
import { medianOf } from '../statistics.ts'
import { startBareServer } from './bare-server.ts'
import { forkAsUser } from './fork-as-user.ts'
import type { TestingBenchOptions } from './options.ts'
import { createDatabase, stopCopyStart } from './other-ways.ts'
import { openPlace, type Place } from './place.ts'
import type { TestingSection } from './section.ts'
import { quantile, timed } from './time.ts'

interface Figures {
  readonly times: Map<string, number[]>
  readonly acquireMs: number[]
  readonly steps: string
}

const filesystems: readonly FileSystemName[] = ['btrfs', 'xfs', 'ext4']

/** One database for one test, in every way, on the same content. */
export const compareWays: TestingSection = async (options, tell) => {
  const rows: string[][] = []
  const goals: Goal[] = []
  const steps: string[] = []
  for (const filesystem of filesystems)
    for (const megabytes of [0, options.largeMb]) {
      const where = `${filesystem}, ${megabytes === 0 ? 'small' : `${megabytes} MB`}`
      const figures = await measure(filesystem, megabytes, options)
      rows.push([where, ...cells(figures)])
      steps.push(`${where}: ${figures.steps}`)
      if (filesystem === 'btrfs' || megabytes === 0) goals.push(...goalsOf(where, filesystem, figures))
      tell(rows.at(-1)?.join(' | ') ?? '')
    }
  const head = [
    'storage, content',
    'bare commands',
    'template.fork()',
    'the same, copied',
    'acquire, query: p50 / p95',
    ...otherWays,
  ]
  return {
    details: `${formatTable(head, rows)}\n\nSteps of the last \`template.fork()\` of each:\n\n${steps.map((line) => `- ${line}`).join('\n')}`,
    goals,
  }
}

const otherWays = ['WAL_LOG', 'FILE_COPY', '18 clone', 'stop, copy, start']

const cells = ({ times, acquireMs }: Figures): string[] => [
  ...['bare', 'fork', 'copied'].map((way) => format(times.get(way))),
  `${formatMs(quantile(acquireMs, 0.5))} / ${formatMs(quantile(acquireMs, 0.95))}`,
  ...otherWays.map((way) => format(times.get(way))),
]

const format = (values: readonly number[] | undefined): string =>
  values === undefined ? '-' : formatMs(medianOf(values))

async function measure(filesystem: FileSystemName, megabytes: number, options: TestingBenchOptions): Promise<Figures> {
  const times = new Map<string, number[]>()
  const note = (way: string, milliseconds: number): void =>
    void times.set(way, [...(times.get(way) ?? []), milliseconds])
  await using place = await openPlace({ filesystem, megabytes })
  const template = await place.template()
  let steps = ''
  // Bytes that are copied take seconds each.
  const runs = filesystem === 'ext4' && megabytes > 0 ? 3 : options.runs
  for (let run = 0; run <= runs; run++) {
    const [bareMs, bare] = await timed(() => startBareServer(place, `${run}`))
    await bare.remove()
    const [forkMs, fork] = await timed(() => template.fork())
    steps = formatSteps(fork.steps.filter(({ milliseconds }) => milliseconds >= 0.1))
    await fork.destroy()
    // The first ones find nothing in memory.
    if (run === 0) continue
    note('bare', bareMs)
    note('fork', forkMs)
  }
  if (filesystem !== 'btrfs') {
    if (megabytes > 0) await measureCopied(await place.template('copied'), runs, note)
    else {
      const asUser = await forkAsUser(place, runs)
      for (const milliseconds of asUser.times) note('copied', milliseconds)
      steps += `; copied: ${asUser.steps}`
    }
  }
  const acquireMs = await acquireWhenReady(template, runs === options.runs ? options.acquisitions : 5)
  await measureOthers(place, runs, note)
  if (filesystem !== 'ext4') await measureClone(filesystem, megabytes, runs, note)
  return { times, acquireMs, steps }
}

/** Until the first answer, from a pool that always has a server ready. */
async function acquireWhenReady(template: Template, count: number): Promise<number[]> {
  await using pool = template.pool({ size: 2 })
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    await pool.warm()
    const [milliseconds, server] = await timed(async () => {
      const acquired = await pool.acquire()
      await (await acquired.connect()).query('select from users where id = 1')
      return acquired
    })
    times.push(milliseconds)
    await server.discard()
  }
  return times
}

async function measureCopied(template: Template, runs: number, note: Note): Promise<void> {
  for (let run = 0; run <= runs; run++) {
    const [milliseconds, fork] = await timed(() => template.fork())
    await fork.destroy()
    if (run > 0) note('copied', milliseconds)
  }
}

type Note = (way: string, milliseconds: number) => void

async function measureOthers(place: Place, runs: number, note: Note): Promise<void> {
  await place.server.start()
  for (let run = 0; run < Math.min(runs, 3); run++) {
    note('WAL_LOG', await createDatabase(place.server, 'strategy wal_log'))
    note('FILE_COPY', await createDatabase(place.server, 'strategy file_copy'))
  }
  await place.server.stop()
  for (let run = 0; run < Math.min(runs, 3); run++) note('stop, copy, start', await stopCopyStart(place))
}

async function measureClone(filesystem: FileSystemName, megabytes: number, runs: number, note: Note): Promise<void> {
  await using place = await openPlace({ filesystem, megabytes, version: '18' })
  await place.server.settings({ file_copy_method: 'clone' })
  await place.server.start()
  for (let run = 0; run < Math.min(runs, 3); run++)
    note('18 clone', await createDatabase(place.server, 'strategy file_copy'))
}

function goalsOf(where: string, filesystem: FileSystemName, { times, acquireMs }: Figures): Goal[] {
  if (filesystem !== 'btrfs')
    return ['fork', 'copied'].map((way) => ({
      what: `${where}: template.fork()${way === 'fork' ? '' : ' without mounts'}`,
      limit: 45,
      found: medianOf(times.get(way) ?? []),
      format: formatMs,
    }))
  const ratio = medianOf(times.get('fork') ?? []) / medianOf(times.get('bare') ?? [])
  const [p50, p95] = [quantile(acquireMs, 0.5), quantile(acquireMs, 0.95)]
  return [
    { what: `${where}: template.fork() / bare commands`, limit: 1.25, found: ratio, format: formatRatio },
    { what: `${where}: acquire() to first query, p50`, limit: 2, found: p50, format: formatMs },
    { what: `${where}: acquire() to first query, p95`, limit: 10, found: p95, format: formatMs },
  ]
}
