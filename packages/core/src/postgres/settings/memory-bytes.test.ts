import { expect, test } from 'vitest'
import { memoryBytes } from './memory-bytes.ts'

test.each([
  ['128MB', 128 * 1024 * 1024],
  ['1 GB', 1024 * 1024 * 1024],
  ['0.5GB', 512 * 1024 * 1024],
  ['64kB', 65_536],
  ['131072B', 131_072],
  ['16384', 128 * 1024 * 1024],
  ['128mb', undefined],
  ['-1', undefined],
  ['', undefined],
])('%s are %s bytes', (value, expected) => {
  expect(memoryBytes(value)).toBe(expected)
})
