import { expect, test } from 'vitest'
import { dateOf, formatTimestamp, parseTimestamp, timestampOf } from './timestamps.ts'

test.each([
  ['2000-01-01T00:00:00Z', 0n, '2000-01-01T00:00:00.000000Z'],
  ['1999-12-31T23:59:59.999999Z', -1n, '1999-12-31T23:59:59.999999Z'],
  ['2000-01-01 01:00:00.000001+01', 1n, '2000-01-01T00:00:00.000001Z'],
  ['1999-12-31 16:30-0730', 0n, '2000-01-01T00:00:00.000000Z'],
  ['2000-01-01T05:30:00,5+05:30', 500_000n, '2000-01-01T00:00:00.500000Z'],
  // More digits than PostgreSQL has are cut, not rounded.
  ['2000-01-01T00:00:00.123456999z', 123_456n, '2000-01-01T00:00:00.123456Z'],
  ['2024-02-29T12:00:00Z', 762_523_200_000_000n, '2024-02-29T12:00:00.000000Z'],
])('%s', (text, expected, formatted) => {
  expect(parseTimestamp(text)).toBe(expected)
  expect(formatTimestamp(expected)).toBe(formatted)
  expect(parseTimestamp(formatted)).toBe(expected)
})

test.each([
  ['', 'nothing'],
  ['2026-01-02T03:04:05', 'no zone'],
  ['2026-01-02', 'no time'],
  ['2026-02-30T00:00:00Z', 'no such day'],
  ['2026-13-01T00:00:00Z', 'no such month'],
  ['2026-01-02T25:00:00Z', 'no such hour'],
  ['2026-01-02T03:04:05 CET', 'a zone by name'],
  ['now', 'a word'],
])('%j is refused: %s', (text) => {
  expect(parseTimestamp(text)).toBeUndefined()
})

test('a date of JavaScript has milliseconds', () => {
  expect(formatTimestamp(timestampOf(new Date('2026-11-28T12:34:56.789Z')))).toBe('2026-11-28T12:34:56.789000Z')
})

test('a time that JavaScript has no date for is told as its last or first one', () => {
  expect(formatTimestamp(2n ** 63n - 1n)).toBe('+275760-09-13T00:00:00.000000Z')
  expect(formatTimestamp(-(2n ** 63n))).toBe('-271821-04-20T00:00:00.000000Z')
  expect(dateOf(2n ** 63n - 1n).toISOString()).toBe('+275760-09-13T00:00:00.000Z')
})
