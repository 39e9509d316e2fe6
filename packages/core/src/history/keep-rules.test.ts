import { expect, test } from 'vitest'
import { chooseExpired, readKeepRules, timesInOrder } from './keep-rules.ts'

const minute = 60_000
const start = Date.UTC(2026, 0, 10, 12)
const before = (minutes: number) => ({ minutes, createdAt: new Date(start - minutes * minute) })
const expired = (minutes: readonly number[], rules: string) =>
  chooseExpired(minutes.map(before), readKeepRules(rules)).map((snapshot) => snapshot.minutes)

test('rules are read', () => {
  expect(readKeepRules('6x10s,60x1min, 24x1h,7x1d')).toEqual([
    { count: 6, periodMs: 10_000 },
    { count: 60, periodMs: minute },
    { count: 24, periodMs: 60 * minute },
    { count: 7, periodMs: 24 * 60 * minute },
  ])
})

test.each(['', '7', '7x', 'x1d', '0x1d', '7x0d', '7x1y', '7x1d,', '-1x1d', '7x1.5d'])('"%s" is refused', (text) => {
  expect(() => readKeepRules(text)).toThrow('keep must be rules')
})

test('the newest of each period stays, so many periods back', () => {
  expect(expired([0, 1, 10, 70, 80, 130, 200], '3x1h')).toEqual([200, 130, 80, 10])
})

test('a snapshot that any rule keeps stays, and the oldest go first', () => {
  expect(expired([0, 5, 10, 15, 1500, 1510, 3000], '2x1min,3x1d')).toEqual([1510, 15, 10])
})

test('periods without a snapshot do not count', () => {
  expect(expired([0, 6000, 12_000, 18_000], '3x1h')).toEqual([18_000])
})

test('the newest one stays whatever the rules say, and of none none go', () => {
  expect(expired([7], '1x1w')).toEqual([])
  expect(expired([], '1x1w')).toEqual([])
})

test('H101: one that was made while the clock was fast is no younger than those that came after it', () => {
  const times = [before(3), before(-500_000), before(2), before(1)].map(({ createdAt }) => createdAt)
  const ordered = timesInOrder(times)
  expect(ordered.map((time) => (start - time.getTime()) / minute)).toEqual([3, 2, 2, 1])
  const timed = ordered.map((createdAt, index) => ({ createdAt, index }))
  expect(chooseExpired(timed, readKeepRules('1x1w')).map(({ index }) => index)).toEqual([0, 1, 2])
  expect(chooseExpired(timed, readKeepRules('3x1min')).map(({ index }) => index)).toEqual([1])
})

test('H107: one that was made while the clock was behind makes none before it old', () => {
  const minutesOf = (minutes: readonly number[]) =>
    timesInOrder(minutes.map((each) => before(each).createdAt)).map((time) => (start - time.getTime()) / minute)
  expect(minutesOf([5, 4, 3, 500_000])).toEqual([5, 4, 3, 3])
  expect(minutesOf([5, 4, 3, 500_000, 499_999, 2])).toEqual([5, 4, 3, 2, 2, 2])
  // Set back for good: until there are more of the new times than of the old ones, time goes on.
  expect(minutesOf([5, 4, 3, 65, 64])).toEqual([5, 4, 3, 3, 2])
  expect(minutesOf([5, 4, 3, 65, 64, 63])).toEqual([65, 65, 65, 65, 64, 63])
  expect(minutesOf([])).toEqual([])
})

test('what one run keeps, a later one with nothing new keeps as well', () => {
  const all = Array.from({ length: 300 }, (_, index) => before(index * 13))
  const rules = readKeepRules('10x1min,12x1h,3x1d')
  const kept = all.filter((snapshot) => !chooseExpired(all, rules).includes(snapshot))
  expect(kept.length).toBeGreaterThan(15)
  expect(chooseExpired(kept, rules)).toEqual([])
})
