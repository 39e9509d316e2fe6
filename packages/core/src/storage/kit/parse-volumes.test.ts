import { expect, test } from 'vitest'
import { parseVolumes } from './parse-volumes.ts'

const volume = { id: 'zfs:1', pool: 'zfs:tank', root: '/srv', copyOnWrite: true, attributes: { dataset: 'tank/pg' } }

test('H77: volumes are those that a driver wrote', () => {
  expect(parseVolumes(JSON.stringify([volume, volume]))).toEqual([volume, volume])
})

test.each([
  undefined,
  '',
  'null',
  '{}',
  '[1]',
  '[{"attributes":null}]',
  JSON.stringify([{ ...volume, attributes: { dataset: 1 } }]),
  JSON.stringify([volume, null]),
])('H77: %s tells none', (text) => {
  expect(parseVolumes(text)).toEqual([])
})
