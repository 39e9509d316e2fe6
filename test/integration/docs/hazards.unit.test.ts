import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const rowsIn = (text: string): string[] => [...text.matchAll(/\bH(?:\d{1,2}|1\d{2})\b/g)].map(([row]) => row)
const filesOf = (...patterns: string[]): string[] =>
  execFileSync('git', ['ls-files', ...patterns], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)

const table = [...read('docs/hazards.md').matchAll(/^\| <a id="(h\d+)"><\/a>(H\d+) \| (.+) \| (.+) \|$/gm)]
const rows = new Map(table.map(([, , row = '', , handling = '']) => [row, handling]))

test('every row has an anchor of its name, in the order of the numbers', () => {
  const names = table.map(([, , row = '']) => row)
  expect(table.map(([, anchor = '']) => anchor.toUpperCase())).toEqual(names)
  expect(names).toEqual([...new Set(names)].sort((one, other) => Number(one.slice(1)) - Number(other.slice(1))))
  expect(names.length).toBeGreaterThan(50)
})

test('every row that code, tests or documents cite is in docs/hazards.md', () => {
  for (const file of filesOf('*.md', 'packages/*.ts', 'test/*.ts', 'bench/*.ts', 'examples', 'scripts/*.ts'))
    expect(
      rowsIn(read(file)).filter((row) => !rows.has(row)),
      file,
    ).toEqual([])
})

test('every row has a test that names it, unless it says why it needs no handling', () => {
  // A text that begins with rows and a colon, or any on the line of a test or of a case of a suite.
  const names = /['"`]H\d[^'"`\n]*: .*|\b(?:test|name:).*/g
  const tests = filesOf('*.test.ts', 'test/guest/*.ts', 'packages/driver-testkit/src/cases/*.ts', 'test/support/*.ts')
  const texts = tests.flatMap((file) => [...read(file).matchAll(names)].map(([text]) => text))
  const named = new Set(rowsIn(texts.join('\n')))
  const needless = /^No handling is needed|^Not handled yet/
  expect([...rows].filter(([row, handling]) => !named.has(row) && !needless.test(handling))).toEqual([])
})
