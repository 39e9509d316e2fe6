import { cpus, loadavg } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { whyNoCeph } from '../../test/support/ceph/index.ts'
import { formatGoal, formatMs, formatRatio, formatSpread, formatTable, type Goal } from '../report.ts'
import { formatViews } from '../source-view.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { stopSignal } from '../stop-signal.ts'
import { measureCopies } from './measure-copies.ts'
import { type ForksOptions, type MeasuredFork, measureForks, measureMany } from './measure-forks.ts'
import { openFar, openHere, type Place } from './places.ts'

// npm run bench:hosts -- [--runs 5] [--rate 200] [--scale 20] [--many 20] [--copies 1024]
// A fork on another host than its source, over Ceph RBD, beside one on Btrfs here; many on two hosts at once; a standby and an import of so many MB.
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    scale: { type: 'string', default: '20' },
    many: { type: 'string', default: '20' },
    copies: { type: 'string', default: '1024' },
  },
})
const options: ForksOptions = { runs: Number(values.runs), rate: Number(values.rate), scale: Number(values.scale) }
const [hosts, many, sizeMb] = [2, Number(values.many), 6144]

const tell = (line: string): void => console.log(`  ${line}`)
const firstWriteOf = (forks: readonly MeasuredFork[]): number => medianOf(forks.map((fork) => fork.firstWriteMs))
const dipOf = (forks: readonly MeasuredFork[]): number =>
  medianOf(forks.map(({ view: { before, during } }) => before.tps / during.tps))

const rowOf = ({ name }: Place, forks: readonly MeasuredFork[]): string[] => [
  name,
  formatSpread(spreadOf(forks.map((fork) => fork.firstWriteMs))),
  ...formatViews(forks.map(({ view }) => view)),
]

async function measure(): Promise<void> {
  const obstacle = await whyNoCeph()
  if (obstacle !== undefined) throw new Error(obstacle)
  const before = loadavg()[0] ?? 0
  const rows: string[][] = []
  const goals: Goal[] = []
  let dipHere = Number.NaN
  {
    await using here = await openHere(sizeMb)
    const forks = await measureForks(here, options, tell)
    rows.push(rowOf(here, forks))
    dipHere = dipOf(forks)
  }
  for (const proposeIntervalS of [undefined, 0.05]) {
    await using far = await openFar(sizeMb, hosts, proposeIntervalS)
    const forks = await measureForks(far, options, tell)
    rows.push(rowOf(far, forks))
    const [first, format] = [`${far.name}: to the first write in a fork`, formatMs] as const
    goals.push({ what: first, limit: 1500, found: firstWriteOf(forks), format })
    const dip = `${far.name}: transactions of the source before / while a fork is made`
    goals.push({ what: dip, limit: dipHere, found: dipOf(forks), format: formatRatio })
    if (proposeIntervalS !== undefined) continue
    const allMs = await measureMany(far, { hosts, many })
    rows.push([`${many} at once on ${hosts} hosts, the source idle`, formatMs(allMs), '', ''])
  }
  const head = ['source', 'until the first write', 'tps of the source before / during / after', 'p99']
  console.log(`\n${formatTable(head, rows)}\n`)
  console.log(
    `Medians of ${options.runs}, right after a checkpoint, ${options.scale * 15} MB, ${options.rate} transactions a second, ${cpus().length} cores; ` +
      `load ${before.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after.\n`,
  )
  for (const goal of goals) console.log(formatGoal(goal))
}

try {
  await measure()
  console.log(`\n${await measureCopies(Number(values.copies), tell)}`)
} catch (error) {
  console.error(stopSignal.aborted ? 'stopped' : error)
  process.exitCode = 1
}
