import { expect, test } from 'vitest'
import { validateName } from '../names/validate-name.ts'
import { namer, parseCopyName } from './copy-names.ts'

const names = ['a', 'main', 'a.b_c-d', 'x'.repeat(48), 'a.1', 'a.12345678901', 'a.abcdef12345.7', '0']

test.each(names)('the names of the copies of %s are read as they were given', (name) => {
  const nameOf = namer(validateName(name), 'id0x9z', undefined)
  const groups = new Set<string>()
  for (const index of [0, 1, 2, 9, 10, 99]) {
    const given = nameOf(index)
    expect(given).toMatch(/^[a-z0-9][a-z0-9._-]{0,62}$/)
    const parsed = parseCopyName(given)
    expect(parsed).toMatchObject({ name, identity: 'id0x9z', index, isPlaced: false })
    groups.add(parsed?.group ?? '')
  }
  expect([...groups]).toEqual([nameOf(0)])
  expect(namer(name, 'id0x9z', undefined)(0)).not.toBe(nameOf(0))
})

test('H117: the name of the first copy of what runs in a container says so', () => {
  const nameOf = namer('main', 'id0x9z', { kind: 'container' })
  const [first, second] = [0, 1].map((index) => parseCopyName(nameOf(index)))
  expect(first).toMatchObject({ index: 0, isPlaced: true })
  expect(second).toMatchObject({ index: 1, isPlaced: false, group: first?.group })
})

test.each([
  '',
  'main',
  'main.deadbeef',
  'main.deadbeef.1',
  '.abcdefghijk',
  'a.abcdefghijk.00',
  'a.abcdefghijk.100',
  'a.ABCDEFGHIJK',
])('%j was never given', (text) => {
  expect(parseCopyName(text)).toBeUndefined()
})

test('more volumes than a name can count are refused', () => {
  expect(() => namer('a', 'id0x9z', undefined)(100)).toThrow(expect.objectContaining({ code: 'LAYOUT_REFUSED' }))
})
