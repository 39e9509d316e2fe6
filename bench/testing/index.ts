import { cpus, totalmem } from 'node:os'
import process from 'node:process'
import { formatGoal } from '../report.ts'
import { stopSignal } from '../stop-signal.ts'
import { compareWays } from './compare-ways.ts'
import { measureHundred } from './measure-hundred.ts'
import { measurePglite } from './measure-pglite.ts'
import { readOptions, type SectionName, type TestingBenchOptions, usage } from './options.ts'
import { runSuites } from './run-suites.ts'
import type { TestingSection, TestingSectionResult } from './section.ts'
import { writeSummary } from './write-summary.ts'

const sections: Readonly<Record<SectionName, TestingSection>> = {
  ways: compareWays,
  hundred: measureHundred,
  suite: runSuites,
  pglite: measurePglite,
}

async function measureAll(options: TestingBenchOptions): Promise<void> {
  const results: TestingSectionResult[] = []
  for (const name of options.sections) {
    stopSignal.throwIfAborted()
    const startedAt = performance.now()
    console.log(`\n## ${name}\n`)
    const result = await sections[name](options, (line) => console.log(`  ${line}`))
    console.log(`\n${result.details}\n\n(${Math.round((performance.now() - startedAt) / 1000)} s)`)
    results.push(result)
  }
  console.log('\n## Goals\n')
  for (const goal of results.flatMap(({ goals }) => goals)) console.log(formatGoal(goal))
  const machine =
    `Measured on ${cpus().length} cores and ${Math.round(totalmem() / 1024 ** 3)} GB of memory, storage in loop files, ` +
    `medians of ${options.runs}. Repeat it by \`npm run bench:testing\`.`
  const summary = [machine, ...results.map(({ details }) => details)].join('\n\n')
  if (options.readme) await writeSummary(summary)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') console.log(usage)
  else await measureAll(options)
} catch (error) {
  console.error(stopSignal.aborted ? 'stopped' : error)
  process.exitCode = 1
}
