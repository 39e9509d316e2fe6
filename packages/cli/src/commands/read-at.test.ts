import { expect, test } from 'vitest'
import { readAt } from './read-at.ts'

test.each([
  ['2026-01-02T14:03:00+01:00', '2026-01-02T14:03:00+01:00'],
  ['0/57AEE08', '0/57AEE08'],
  ['before:4711', { before: '4711' }],
  ['after:4711', { after: '4711' }],
  ['point:before the drop: 2', { restorePoint: 'before the drop: 2' }],
])('%s', (text, moment) => {
  expect(readAt(text)).toEqual(moment)
})
