import { expect, test } from 'vitest'
import { drawHistory } from './draw-history.ts'

const at = (minutes: number) => ({ location: '0/1', time: new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString() })
const uncounted = { commits: undefined }
const snapshot = (minutes: number) => ({ createdAt: new Date(at(minutes).time) })

test('snapshots and gaps stand where they were', () => {
  const gaps = [{ from: at(20), to: at(30) }]
  expect(
    drawHistory({ earliest: at(0), latest: at(60), gaps, snapshots: [snapshot(0), snapshot(30)], ...uncounted }),
  ).toEqual([`v${' '.repeat(29)}v`, `${'='.repeat(20)}${'.'.repeat(11)}${'='.repeat(29)}`, ''])
})

test('a single moment is no line', () => {
  expect(drawHistory({ earliest: at(0), latest: at(0), gaps: [], snapshots: [snapshot(0)], ...uncounted })).toEqual([])
  expect(drawHistory({ earliest: undefined, latest: undefined, gaps: [], snapshots: [], ...uncounted })).toEqual([])
})

test('commits stand above, as high as those of the busiest minute', () => {
  const minutes = [
    { minute: new Date(at(2).time), commits: 800 },
    { minute: new Date(at(3).time), commits: 400 },
    { minute: new Date(at(59).time), commits: 1 },
  ]
  const commits = { minutes, from: minutes[0]?.minute }
  const drawn = drawHistory({ earliest: at(0), latest: at(60), gaps: [], snapshots: [], commits })
  expect(drawn).toEqual([`  █▄${' '.repeat(55)}▁`, '', '='.repeat(60), ''])
})

test('a minute is as wide as it is', () => {
  const commits = { minutes: [{ minute: new Date(at(0).time), commits: 5 }], from: new Date(at(0).time) }
  expect(drawHistory({ earliest: at(0), latest: at(2), gaps: [], snapshots: [], commits })[0]).toBe('█'.repeat(30))
})
