import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@pgfork/core'
import { expect, test } from 'vitest'
import { explain } from './read-pages.ts'

const docs = join(import.meta.dirname, '../../../../docs')

test.each(Object.keys(errorCodes))('%s is explained, with what to do', (code) => {
  const found = explain(code, docs)
  expect(found).toMatchObject({ topic: code, kind: 'error' })
  for (const text of [found?.summary ?? '', found?.remedy ?? '']) expect(text).toMatch(/^[^*[\]\n]{10,}$/)
})

test('each row of hazards is explained, with what pgfork does', () => {
  const rows = [...readFileSync(join(docs, 'hazards.md'), 'utf8').matchAll(/<\/a>(H\d+) /g)].map(([, row = '']) => row)
  expect(rows.length).toBeGreaterThan(50)
  for (const row of rows) {
    const found = explain(row.toLowerCase(), docs)
    expect(found).toMatchObject({ topic: row, kind: 'hazard' })
    for (const text of [found?.summary ?? '', found?.remedy ?? '']) expect(text.length, row).toBeGreaterThan(10)
  }
})

test('an error names its rows, and pages instead of links', () => {
  expect(explain('no_space', docs)?.hazards).toContain('H55')
  expect(explain('INVALID_OPTION', docs)?.remedy).toContain('Options (docs/options.md)')
})

test('what isn’t there, and where no pages are', () => {
  expect(explain('NOPE', docs)).toBeUndefined()
  expect(explain('H999', docs)).toBeUndefined()
  expect(explain('NO_SPACE', undefined)).toBeUndefined()
})
