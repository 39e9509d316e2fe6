import { expect, test } from 'vitest'
import { readSize } from './read-size.ts'

test.each([
  ['256M', 268_435_456],
  ['20G', 21_474_836_480],
  ['1T', 1_099_511_627_776],
])('%s', (text, bytes) => {
  expect(readSize(text)).toBe(bytes)
})

test.each(['', '20', '20GB', '20 G', '-1G', '1.5G', '255M', '0G', '20g'])('"%s" is refused', (text) => {
  expect(() => readSize(text)).toThrow('--size takes a size')
})
