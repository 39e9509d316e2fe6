import { expect, test } from 'vitest'
import { type BaseSnapshot, inOrder } from './history-snapshots.ts'

function snapshot(timeline: number, location: string, second: number): BaseSnapshot {
  const createdAt = new Date(1_800_000_000_000 + second * 1000).toISOString()
  const reached = { location, time: createdAt }
  return { createdAt, reached, source: { timeline } } as BaseSnapshot
}

test('H103: of snapshots between which nothing was written, that which was taken last is the newest, whatever it is called', () => {
  const [first, second] = [snapshot(1, '0/3000028', 1), snapshot(1, '0/3000028', 2)]
  expect([second, first].sort(inOrder)).toEqual([first, second])
})

test('H108: what was written on a newer timeline is newer, and on one of them what lies further on, whenever it was taken', () => {
  const ordered = [snapshot(1, '0/3000028', 9), snapshot(1, '0/5000028', 2), snapshot(2, '0/4000028', 1)]
  expect([...ordered].reverse().sort(inOrder)).toEqual(ordered)
})
