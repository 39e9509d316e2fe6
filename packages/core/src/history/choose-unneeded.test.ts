import { expect, test } from 'vitest'
import { chooseUnneeded } from './choose-unneeded.ts'
import { readKeepRules } from './keep-rules.ts'

const start = Date.UTC(2026, 0, 10, 12)

/** By the seconds at which they were taken. */
function unneeded(seconds: readonly number[], rules: string, gapsBefore: readonly number[] = []) {
  const snapshots = seconds.map((second) => ({ second, createdAt: new Date(start + second * 1000) }))
  const leadsOn = (_: unknown, { second }: { readonly second: number }) => !gapsBefore.includes(second)
  return chooseUnneeded(snapshots, readKeepRules(rules), leadsOn).map(({ second }) => second)
}

test('two of one minute: the first stays as long as there are fewer minutes than are kept', () => {
  expect(unneeded([0, 30], '60x1min')).toEqual([])
  expect(unneeded([0, 20, 40], '60x1min')).toEqual([20])
  expect(unneeded([0, 20, 40, 80, 100], '3x1min')).toEqual([20, 80])
  expect(unneeded([0, 40, 80, 130, 150], '3x1min')).toEqual([0, 130])
})

test('any rule that may keep more keeps it', () => {
  expect(unneeded([0, 30], '1x1min,7x1d')).toEqual([])
  expect(unneeded([0, 30], '1x1min,1x1d')).toEqual([0])
})

test('the first one behind a gap stays as long as it leads to one that is kept', () => {
  expect(unneeded([0, 61, 62, 63, 125], '3x1min', [61])).toEqual([62])
  expect(unneeded([0, 61, 62, 63, 125], '3x1min')).toEqual([61, 62])
  // Nothing that is kept needs what leads to it.
  expect(unneeded([0, 61, 62, 125], '1x1min', [61])).toEqual([0, 61, 62])
  expect(unneeded([0, 1, 61, 62, 125], '2x1min', [1])).toEqual([0, 1, 61])
})

test('a gap before each keeps none more than the rules', () => {
  expect(unneeded([0, 10, 20, 61, 70, 80], '2x1min', [10, 20, 61, 70, 80])).toEqual([0, 10, 61, 70])
})

test('of none none go', () => {
  expect(unneeded([], '1x1w')).toEqual([])
})
