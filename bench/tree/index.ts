import { cpus, totalmem } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { formatGoal, formatMs, formatRatio, formatTable, type Goal } from '../report.ts'
import { stopSignal } from '../stop-signal.ts'
import { databases } from './databases.ts'
import { forks } from './forks.ts'
import { measureTree, type TreeFigures, type TreeOptions } from './measure-tree.ts'

// npm run bench:tree -- [--quick]
// Trees of branches, as agents make them: a server for each (createFork) beside a database for each, on Btrfs.
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const options: TreeOptions = values.quick
  ? { rows: 30_000, spine: 16, fanOut: 32, sideBySide: 4 }
  : { rows: 300_000, spine: 64, fanOut: 256, sideBySide: 8 }

const ways = [
  forks,
  databases({ name: 'FILE_COPY', version: '15' }),
  databases({ name: '18, file_copy_method=clone', version: '18', settings: { file_copy_method: 'clone' } }),
]

const mebibyte = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MB`

function tablesOf(trees: readonly TreeFigures[]): string {
  const branches = trees.flatMap(({ way, figures }) =>
    figures.map(({ where, createMs, connectMs, pointMs, rangeMs, updateMs }) => [
      `${way}: ${where}`,
      ...[createMs, connectMs, pointMs, rangeMs, updateMs].map(fine),
    ]),
  )
  const head = ['branches', 'create', 'connect, first answer', 'point read', 'range read, 1,000 rows', 'update']
  const whole = trees.map((tree) => [
    tree.way,
    formatMs(tree.sideBySideMs),
    formatMs(tree.removeMs),
    mebibyte(tree.createBytes),
    mebibyte(tree.writeBytes),
  ])
  return [
    formatTable(head, branches),
    formatTable(
      ['way', `create, ${options.sideBySide} at a time, each`, 'remove', 'disk by creating', 'disk by 50 updates'],
      whole,
    ),
  ].join('\n\n')
}

const fine = (milliseconds: number): string =>
  milliseconds < 10 ? `${milliseconds.toFixed(2)} ms` : formatMs(milliseconds)

/** That nothing gets slower with depth and number. */
function goalsOf({ way, figures }: TreeFigures): Goal[] {
  return ['spine', 'fan'].flatMap((shape) => {
    const [first, last] = figures.filter(({ where }) => where.startsWith(shape))
    if (first === undefined || last === undefined) return []
    return (['createMs', 'pointMs', 'rangeMs', 'updateMs'] as const).map((figure) => ({
      what: `${way}, ${shape}: ${figure.slice(0, -2)} of the last / of the first`,
      limit: 1.25,
      found: last[figure] / first[figure],
      format: formatRatio,
    }))
  })
}

try {
  const trees: TreeFigures[] = []
  for (const way of ways) {
    stopSignal.throwIfAborted()
    console.log(`\n## ${way.name}\n`)
    trees.push(await measureTree(way, options, (line) => console.log(`  ${line}`)))
  }
  const gigabytes = Math.round(totalmem() / 1024 ** 3)
  console.log(`\n${tablesOf(trees)}\n\nMeasured on ${cpus().length} cores and ${gigabytes} GB of memory.\n\n## Goals\n`)
  for (const goal of trees.slice(0, 1).flatMap(goalsOf)) console.log(formatGoal(goal))
} catch (error) {
  console.error(stopSignal.aborted ? 'stopped' : error)
  process.exitCode = 1
}
