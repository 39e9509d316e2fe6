import { expect, test } from 'vitest'
import type { StoredPart } from '../../storage/driver/driver-set.ts'
import { freeName } from './free-name.ts'
import { groupParts } from './group-copies.ts'

const volume = { id: 'a:1', pool: 'a', root: '/a', copyOnWrite: true, attributes: {} }
const part = (kind: StoredPart['kind'], name: string): StoredPart => ({ driver: 'a', kind, volume, name })

test('what has the same name but for the number belongs together, in the order of its numbers', () => {
  const groups = groupParts([
    part('clone', 'main.abcdef12345.10'),
    part('clone', 'main.abcdef12345.2'),
    part('snapshot', 'main.abcdef12345'),
    part('clone', 'main.abcdef12345'),
    part('snapshot', 'main.abcdefzzzzz'),
    part('clone', 'main.deadbeef'),
  ])
  const names = (parts: readonly StoredPart[]) => parts.map(({ name }) => name)
  expect(
    groups.map(({ clones, snapshots, ...group }) => ({ ...group, parts: names([...clones, ...snapshots]) })),
  ).toEqual([
    {
      kind: 'fork',
      name: 'main',
      identity: 'abcdef',
      parts: ['main.abcdef12345', 'main.abcdef12345.2', 'main.abcdef12345.10', 'main.abcdef12345'],
    },
    { kind: 'snapshot', name: 'main', identity: 'abcdef', parts: ['main.abcdefzzzzz'] },
    { kind: 'fork', name: 'main.deadbeef', identity: undefined, parts: ['main.deadbeef'] },
  ])
})

test('a name that is taken gets a number, and stays a name', async () => {
  const store = (...taken: string[]) => ({ exists: async (name: string) => taken.includes(name) })
  expect(await freeName('main', [store(), store('other')])).toBe('main')
  expect(await freeName('main', [store('main'), store('main-2')])).toBe('main-3')
  const long = 'x'.repeat(48)
  expect(await freeName(long, [store(long)])).toBe(`${'x'.repeat(46)}-2`)
})
