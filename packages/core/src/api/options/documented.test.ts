import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { stepNames } from '../../operation/step-sequence.ts'
import { defaultTimeouts } from '../../operation/timeouts.ts'
import { inheritancePolicy } from '../../postgres/settings/inheritance-policy.ts'
import { defaultSpaceThresholds } from '../../snapshot/check-space.ts'
import { forkDefaults } from './defaults.ts'
import { createForkShape, createSnapshotShape } from './shapes.ts'

const page = readFileSync(fileURLToPath(new URL('../../../../../docs/options.md', import.meta.url)), 'utf8')

/** The cells of the tables below these headings, without their heads. */
function rowsBelow(...headings: string[]): string[][] {
  const sections = page
    .split(/^## /m)
    .filter((section) => headings.some((heading) => section.startsWith(`${heading}\n`)))
  expect(sections).toHaveLength(headings.length)
  const lines = sections.flatMap((section) => section.split('\n').filter((line) => line.startsWith('| `')))
  return lines.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
}

const options = rowsBelow('From what', 'What it becomes', 'How')
const nameOf = (cell = ''): string => cell.replaceAll('`', '')

test('the page tells every option of createFork, and no other', () => {
  expect(options.map(([name]) => nameOf(name)).sort()).toEqual(Object.keys(createForkShape).sort())
})

test.each(options)('the default of %s is told as it is: %s', (name, told = '') => {
  const literal = /^`('(\w+)'|true|false|\d+)`$/.exec(told)
  const value = literal?.[2] ?? (literal === null ? undefined : JSON.parse(literal[1] as string))
  expect(value).toEqual((forkDefaults as Record<string, unknown>)[nameOf(name)])
})

test('so do the rows of thresholds and time limits', () => {
  const rowOf = (name: string): string[] => options.find(([cell]) => nameOf(cell) === name) ?? []
  const { dataPercent, metadataPercent } = defaultSpaceThresholds
  expect(rowOf('spaceThresholds')[1]).toBe(`${dataPercent} % of data, ${metadataPercent} % of metadata`)
  const limits = rowsBelow('Time limits')
  const inWords = (ms: number): string => (ms % 86_400_000 === 0 ? `${ms / 86_400_000} d` : `${ms / 1000} s`)
  expect(Object.fromEntries(limits.map(([name, told]) => [nameOf(name), told]))).toEqual(
    Object.fromEntries(Object.entries(defaultTimeouts).map(([name, ms]) => [name, inWords(ms)])),
  )
})

test('the page tells which options createSnapshot and forks of snapshots take', () => {
  const [, told = ''] = /`createSnapshot` takes (.*?) and the options under "How"/s.exec(page) ?? []
  const how = rowsBelow('How').map(([name]) => nameOf(name))
  expect([...[...told.matchAll(/`(\w+)`/g)].map(([, name]) => name as string), ...how].sort()).toEqual(
    Object.keys(createSnapshotShape).sort(),
  )
})

test('the page tells every step in its order', () => {
  expect(rowsBelow('Steps').map(([name]) => nameOf(name))).toEqual(stepNames)
})

test('the page tells which settings are refused', () => {
  const [, told = ''] = /\(`SETTING_REFUSED`\): (.*?)\.\n/s.exec(page) ?? []
  const names = told.replace(' (there is the option `port`)', '').split(/,\s+/).map(nameOf)
  expect(names).toEqual(inheritancePolicy.filter(({ reserved }) => reserved).map(({ name }) => name))
})
