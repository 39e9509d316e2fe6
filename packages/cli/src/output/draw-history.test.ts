import { expect, test } from 'vitest'
import { drawHistory } from './draw-history.ts'

const at = (minutes: number) => ({ location: '0/1', time: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString() })
const snapshot = (minutes: number) => ({ createdAt: new Date(at(minutes).time) })

test('snapshots and gaps stand where they were', () => {
  const gaps = [{ from: at(20), to: at(30) }]
  expect(drawHistory({ earliest: at(0), latest: at(60), gaps, snapshots: [snapshot(0), snapshot(30)] })).toEqual([
    `v${' '.repeat(29)}v`,
    `${'='.repeat(20)}${'.'.repeat(11)}${'='.repeat(29)}`,
    '',
  ])
})

test('a single moment is no line', () => {
  expect(drawHistory({ earliest: at(0), latest: at(0), gaps: [], snapshots: [snapshot(0)] })).toEqual([])
  expect(drawHistory({ earliest: undefined, latest: undefined, gaps: [], snapshots: [] })).toEqual([])
})
