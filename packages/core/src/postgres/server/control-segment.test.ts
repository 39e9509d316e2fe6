import { expect, test } from 'vitest'
import { controlSegment } from '../../../../../test/support/files/control-segment.ts'
import { segmentsListedIn } from './control-segment.ts'

const items = [
  { handle: 4_294_967_294, references: 2 },
  { handle: 12, references: 0 },
  { handle: 7, references: 1 },
]

test.each([
  ['10 to 13', 24],
  ['14 and later', 40],
])('H145: a control segment of %s lists what has references', (_, itemBytes) => {
  expect([...segmentsListedIn(controlSegment(itemBytes, items))]).toEqual(['PostgreSQL.4294967294', 'PostgreSQL.7'])
})

test('nothing else lists anything', () => {
  const control = controlSegment(40, items)
  const foreign = Buffer.from(control)
  foreign.writeUInt32LE(1, 0)
  const crowded = Buffer.from(control)
  crowded.writeUInt32LE(65, 4)
  const huge = Buffer.from(control)
  huge.writeUInt32LE(0xffffffff, 4)
  huge.writeUInt32LE(0xffffffff, 8)
  for (const other of [Buffer.alloc(0), Buffer.alloc(1 << 20), control.subarray(0, -1), foreign, crowded, huge])
    expect(segmentsListedIn(other).size).toBe(0)
})
