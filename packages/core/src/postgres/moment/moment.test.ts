import { expect, test } from 'vitest'
import { describeMoment, readMoment } from './moment.ts'

test.each([
  [new Date('2026-01-02T14:03:00.5Z'), '2026-01-02T14:03:00.500000Z'],
  ['2026-01-02T15:03:00.123456+01:00', '2026-01-02T14:03:00.123456Z'],
  ['0/57aee08', '0/57AEE08'],
  ['FF/1', 'FF/1'],
  [{ before: 4711 }, 'right before the commit of transaction 4711'],
  [{ after: '4711' }, 'right after the commit of transaction 4711'],
  // `pg_current_xact_id()` counts on where the numbers in the WAL begin anew.
  [{ after: 2n ** 32n + 4711n }, 'right after the commit of transaction 4711'],
  [{ restorePoint: 'before the drop' }, 'the restore point "before the drop"'],
])('%o', (at, description) => {
  expect(describeMoment(readMoment(at))).toBe(description)
})

const wrong: [unknown, string][] = [
  ['2026-01-02T14:03:00', 'no zone'],
  ['14:03', 'no day'],
  ['', 'empty text, with which PostgreSQL would recover all that there is'],
  ['4711', 'a bare number'],
  [4711, 'a bare number'],
  [new Date('nonsense'), 'no date'],
  [{}, 'nothing'],
  [{ before: 4711, after: 4712 }, 'two moments'],
  [{ before: -1 }, 'a negative number'],
  [{ before: 2 }, "a transaction of PostgreSQL's own"],
  [{ before: 1.5 }, 'half a transaction'],
  [{ restorePoint: '' }, 'a restore point without a name'],
  [{ restorePoint: 'x'.repeat(64) }, 'a longer name than there can be'],
  [{ time: 'now' }, 'an unknown kind'],
  ['FFFFFFFF/FFFFFFFF', 'a location that no server comes to'],
]

test.each(wrong)('%o is refused: %s', (at) => {
  expect(() => readMoment(at)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', facts: expect.objectContaining({ option: 'at' }) }),
  )
})
