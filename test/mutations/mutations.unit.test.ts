import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutations } from './mutations.ts'

test('each handling that npm run test:mutations takes out is there, once, and its tests are', () => {
  const lost = mutations.filter(({ file, find, test: tests }) => {
    const occurrences = existsSync(file) ? readFileSync(file, 'utf8').split(find).length - 1 : 0
    return occurrences !== 1 || !existsSync(tests)
  })
  expect(lost.map(({ row, file, find }) => `${row} ${file}: ${find}`)).toEqual([])
})
