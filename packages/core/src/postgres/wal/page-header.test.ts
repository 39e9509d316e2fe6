import { expect, test } from 'vitest'
import { beforeSegmentHeader, followsOn } from './page-header.ts'

const page = 0x5f002000
const segment = 0x5f000000
const segmentBytes = 16 * 1024 * 1024

test.each([
  [page, page, true],
  [page + 8, page + 8, true],
  // Behind the header of a page, and of a segment.
  [page, page + 24, true],
  [segment, segment + 40, true],
  [page, page + 48, false],
  // A record that begins on the page before may end there.
  [page, page + 32, false],
  [page, page + 40, false],
  [segment, segment + 24, true],
  [segment, segment + 32, false],
  [page + 8, page + 32, false],
  [page, page - 8, false],
])('H79: what ends at %i is followed on by what begins at %i: %s', (end, begin, follows) => {
  expect(followsOn(end, begin)).toBe(follows)
})

test('a segment ends where the next one begins, before its header', () => {
  expect(beforeSegmentHeader(segment + 40, segmentBytes)).toBe(segment)
  for (const location of [segment, page, page + 24, page + 40])
    expect(beforeSegmentHeader(location, segmentBytes)).toBe(location)
})
