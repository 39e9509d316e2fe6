import { expect, test } from 'vitest'
import type { StoredCopy } from '../../storage/driver/driver-set.ts'
import { freeName } from './free-name.ts'
import { groupCopies } from './group-copies.ts'

const volume = { id: 'a:1', pool: 'a', root: '/a', copyOnWrite: true, attributes: {} }
const copy = (kind: StoredCopy['kind'], name: string): StoredCopy => ({ driver: 'a', kind, volume, name })

test('what has the same name but for the number belongs together, in the order of its numbers', () => {
  const groups = groupCopies([
    copy('clone', 'main.abcdef12345.10'),
    copy('clone', 'main.abcdef12345.2'),
    copy('snapshot', 'main.abcdef12345'),
    copy('clone', 'main.abcdef12345'),
    copy('snapshot', 'main.abcdefzzzzz'),
    copy('clone', 'main.deadbeef'),
  ])
  const names = (copies: readonly StoredCopy[]) => copies.map(({ name }) => name)
  expect(
    groups.map(({ clones, snapshots, ...group }) => ({ ...group, copies: names([...clones, ...snapshots]) })),
  ).toEqual([
    {
      kind: 'fork',
      name: 'main',
      identity: 'abcdef',
      copies: ['main.abcdef12345', 'main.abcdef12345.2', 'main.abcdef12345.10', 'main.abcdef12345'],
    },
    { kind: 'snapshot', name: 'main', identity: 'abcdef', copies: ['main.abcdefzzzzz'] },
    { kind: 'fork', name: 'main.deadbeef', identity: undefined, copies: ['main.deadbeef'] },
  ])
})

test('a name that is taken gets a number, and stays a name', async () => {
  const store = (...taken: string[]) => ({ exists: async (name: string) => taken.includes(name) })
  expect(await freeName('main', [store(), store('other')])).toBe('main')
  expect(await freeName('main', [store('main'), store('main-2')])).toBe('main-3')
  const long = 'x'.repeat(48)
  expect(await freeName(long, [store(long)])).toBe(`${'x'.repeat(46)}-2`)
})
