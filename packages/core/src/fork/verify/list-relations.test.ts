import { expect, test } from 'vitest'
import { runsAsOwner } from './list-relations.ts'

test.each([
  [100020, false],
  [100021, true],
  [110015, false],
  [120011, true],
  [130006, false],
  [140002, false],
  [140003, true],
  [150000, true],
  [180004, true],
])('H64: amcheck of version %i runs the code of an index as its owner: %s', (version, expected) => {
  expect(runsAsOwner(version)).toBe(expected)
})
