import { expect, test } from 'vitest'
import { continues, historyOf, historyUpTo, parseHistory, segmentsOf, timelineOfSegment } from './timeline-history.ts'

const segmentBytes = 16 * 1024 * 1024
const text = '1\t0/5000148\tno recovery target specified\n\n2\t0/9000000\tbefore transaction 4711\n'
const parse = (content: string, timeline: number) => parseHistory(content, timeline) ?? historyOf(0)

test('a history tells which timeline is left where, and which file holds what', () => {
  const history = parse(text, 4)
  expect(history.map(({ timeline, begin, end }) => [timeline, begin, end])).toEqual([
    [1, 0, 0x5000148],
    [2, 0x5000148, 0x9000000],
    [4, 0x9000000, Number.POSITIVE_INFINITY],
  ])
  // A new timeline begins with a copy of the segment in which the old one was left.
  expect([4, 5, 8, 9, 100].map((number) => timelineOfSegment(history, number, segmentBytes))).toEqual([1, 2, 2, 4, 4])
  const isOfHistory = segmentsOf(history, segmentBytes)
  expect([1, 2, 3].map((timeline) => isOfHistory({ timeline, number: 5 }))).toEqual([false, true, false])
})

test('up to a moment it ends on the timeline that holds it', () => {
  const history = parse(text, 4)
  const upTo = (location: number) => historyUpTo(history, location).map(({ timeline }) => timeline)
  expect([upTo(0x5000147), upTo(0x5000148), upTo(0x5000149), upTo(0xa000000)]).toEqual([[1], [1], [1, 2], [1, 2, 4]])
  expect(timelineOfSegment(historyUpTo(history, 0x5000148), 5, segmentBytes)).toBe(1)
})

test('it goes on from a server only where that had not gone past the place where its timeline was left', () => {
  const history = parse(text, 4)
  expect([continues(history, 1, 0x5000148), continues(history, 1, 0x5000150), continues(history, 3, 1)]).toEqual([
    true,
    false,
    false,
  ])
})

test.each([
  ['1\t0/0\theld by another fork\n', 3, 'a place that is kept free'],
  ['nonsense', 3, 'no line of a history'],
  ['3\t0/5000148\tx\n', 3, 'its own ancestor'],
  ['1\t0/9000000\tx\n2\t0/5000000\tx\n', 3, 'going back'],
])('%j is no history of %i: %s', (content, timeline) => {
  expect(parseHistory(content, timeline)).toBeUndefined()
})
