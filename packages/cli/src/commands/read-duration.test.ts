import { expect, test } from 'vitest'
import { readDuration } from './read-duration.ts'

test.each([
  ['30s', 30_000],
  ['10min', 600_000],
  ['10m', 600_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
])('%s', (text, milliseconds) => {
  expect(readDuration(text, '--ttl')).toBe(milliseconds)
})

test.each(['', '8', 'h', '-1h', '0s', '8 h', '8hours', '1e3s'])('"%s" is refused', (text) => {
  expect(() => readDuration(text, '--ttl')).toThrow('--ttl takes a duration')
})
