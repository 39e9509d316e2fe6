import { expect, test } from 'vitest'
import { shownByKernel } from './shown-by-kernel.ts'

/** As a kernel shows them. */
const attributes: Readonly<Record<string, string>> = {
  cluster_fsid: '7c3c2c1e-0d59-4a4d-9d22-3f5f5b6d5a11\n',
  current_snap: '-\n',
  image_id: '1050ae3f1b2c\n',
  name: 'db-a\n',
  pool: 'rbd\n',
  pool_ns: '\n',
}

const shown = (changes: Readonly<Record<string, string>> = {}) =>
  shownByKernel((name) => ({ ...attributes, ...changes })[name] ?? '')

const head = {
  place: { pool: 'rbd', namespace: '', image: 'db-a' },
  imageId: '1050ae3f1b2c',
  cluster: '7c3c2c1e-0d59-4a4d-9d22-3f5f5b6d5a11',
}

test('a device says which image of which cluster it is, by an id that is its own for ever', () => {
  expect(shown()).toEqual(head)
  expect(shown({ pool_ns: 'team\n' }).place.namespace).toBe('team')
})

test('H134: a device of a snapshot is told from one of the image', () => {
  expect(shown({ current_snap: 'nightly\n' })).toEqual({ ...head, snapshot: 'nightly' })
})

test('what a kernel does not tell is not known', () => {
  expect(shown({ cluster_fsid: '', image_id: '', current_snap: '' })).toEqual({ place: head.place })
})
