import type { Volume } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { requireShown } from './require-shown.ts'

const volume: Volume = {
  ...{ id: 'rbd:rbd//a1', pool: 'rbd:f1/rbd', root: '/srv/pg', copyOnWrite: true },
  attributes: { pool: 'rbd', namespace: '', image: 'db-a', imageId: 'a1', cluster: 'f1' },
}

test('the image of that name is the one that is mounted, as far as its device can tell', () => {
  for (const shown of [{}, { cluster: 'f1' }, { imageId: 'a1' }, { cluster: 'f1', imageId: 'a1' }])
    expect(() => requireShown(volume, shown)).not.toThrow()
})

test.each([
  ['of a mirrored cluster, which has one of the same name', { cluster: 'f2', imageId: 'a1' }],
  ['that was renamed while it was mapped', { cluster: 'f1', imageId: 'a0' }],
])('H134: an image %s is not taken for the one of that name', (_, shown) => {
  expect(() => requireShown(volume, shown)).toThrow(
    expect.objectContaining({ code: 'STORAGE_MISSING', hazard: 'H134', message: expect.stringContaining('/srv/pg') }),
  )
})
