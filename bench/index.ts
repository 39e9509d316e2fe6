import { cpus, totalmem } from 'node:os'
import process from 'node:process'
import { type BenchOptions, readOptions, type SectionName, usage } from './options.ts'
import { formatGoal } from './report.ts'
import { compareCheckpoints } from './sections/compare-checkpoints.ts'
import { compareDrivers } from './sections/compare-drivers.ts'
import { compareLoads } from './sections/compare-loads.ts'
import { compareMoments } from './sections/compare-moments.ts'
import { compareSizes } from './sections/compare-sizes.ts'
import { compareStorages } from './sections/compare-storages.ts'
import { compareSyncMethods } from './sections/compare-sync-methods.ts'
import { compareWalSettings } from './sections/compare-wal-settings.ts'
import { compareWays } from './sections/compare-ways.ts'
import { measureCpu } from './sections/measure-cpu.ts'
import { measureTicks } from './sections/measure-ticks.ts'
import { readHistory } from './sections/read-history.ts'
import type { Section, SectionResult } from './sections/section.ts'
import { stopSignal } from './stop-signal.ts'
import { isGuest } from './storages.ts'
import { writeReadme } from './write-readme.ts'

const sections: Readonly<Record<SectionName, Section>> = {
  ways: compareWays,
  loads: compareLoads,
  checkpoints: compareCheckpoints,
  cpu: measureCpu,
  sizes: compareSizes,
  drivers: compareDrivers,
  sync: compareSyncMethods,
  wal: compareWalSettings,
  history: readHistory,
  moments: compareMoments,
  ticks: measureTicks,
  storages: compareStorages,
}

async function measureAll(options: BenchOptions): Promise<void> {
  const results: SectionResult[] = []
  for (const name of options.sections) {
    stopSignal.throwIfAborted()
    const { title, measure } = sections[name]
    console.log(`\n## ${title}\n`)
    const result = await measure(options, (line) => console.log(`  ${line}`))
    console.log(`\n${result.details}`)
    results.push(result)
  }
  console.log('\n## Goals\n')
  for (const goal of results.flatMap(({ goals }) => goals)) console.log(formatGoal(goal))
  const summary = [describeMachine(options), ...results.flatMap((result) => result.summary ?? [])].join('\n\n')
  console.log(`\n## For the README\n\n${summary}`)
  if (options.readme) await writeReadme(summary)
}

const describeMachine = ({ runs, scale, walBytes }: BenchOptions): string =>
  `Measured on ${cpus().length} cores and ${Math.round(totalmem() / 1024 ** 3)} GB of memory, storage ${isGuest ? "on a guest's disks" : 'in loop files'}, 4 clients of ` +
  `pgbench at full speed on ${scale * 15} MB, ${Math.round(walBytes / 1024 ** 2)} MB of WAL behind the last checkpoint; ` +
  `medians of ${runs}. Repeat it by \`npm run bench\`.`

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(usage)
  else await measureAll(options)
} catch (error) {
  console.error(stopSignal.aborted ? 'stopped' : error)
  process.exitCode = 1
}
