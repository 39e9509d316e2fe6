import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { formatMs, formatRatio, formatTable, type Goal } from '../report.ts'
import { openPlace, type Place } from './place.ts'
import type { SuiteRequest } from './programs/suite-worker.ts'
import type { TestingSection } from './section.ts'
import { timed } from './time.ts'

const program = fileURLToPath(new URL('./programs/suite-worker.ts', import.meta.url))
const workers = 2

/** A suite of short tests that change their database, on two workers. */
export const runSuites: TestingSection = async ({ tests, largeMb }, tell) => {
  const rows: string[][] = []
  const goals: Goal[] = []
  for (const [megabytes, limit] of [
    [0, 1],
    [largeMb, 1 / 20],
  ] as const) {
    await using place = await openPlace({ filesystem: 'btrfs', megabytes })
    const content = megabytes === 0 ? 'small' : `${megabytes} MB`
    // Made beforehand, as in every run of a suite but the first.
    await place.template()
    const own = await runSuite(place, 'server', tests)
    await place.server.start()
    // Twenty tests tell enough where each takes a second.
    const count = megabytes === 0 ? tests : Math.min(tests, 20)
    const database = ((await runSuite(place, 'database', count)) / count) * tests
    tell(`${content}: a server each ${formatMs(own)}, a database each ${formatMs(database)}`)
    const estimate = count < tests ? `, from ${count} tests` : ''
    rows.push([content, formatMs(own), `${formatMs(database)}${estimate}`])
    goals.push({ what: `suite, ${content}: servers / databases`, limit, found: own / database, format: formatRatio })
  }
  const head = [
    `${tests} tests on ${workers} workers, Btrfs`,
    'a server for each',
    'CREATE DATABASE .. TEMPLATE for each',
  ]
  return { details: formatTable(head, rows), goals }
}

async function runSuite(place: Place, way: SuiteRequest['way'], tests: number): Promise<number> {
  const { connection, binDirectory } = place.server
  const request: SuiteRequest = { way, path: place.path, binDirectory, connection, tests: tests / workers }
  const run = () =>
    execa(process.execPath, ['--import', 'tsx', program, JSON.stringify(request)], { stderr: 'inherit' })
  const [milliseconds] = await timed(() => Promise.all(Array.from({ length: workers }, run)))
  return milliseconds
}
