import { expect, test } from 'vitest'
import { formatVolumeTag, parseVolumeTag } from './volume-tag.ts'

const attributes = {
  volume: 'pg',
  fileSystem: 'xfs',
  mountOptions: 'rw,nouuid,noatime',
  directory: '/var/lib/pgfork-lvm',
}
const volume = {
  id: 'lvm:u',
  pool: 'lvm:g/pool',
  root: '/srv/ü a,b',
  copyOnWrite: true,
  attributes: { ...attributes, uuid: 'u' },
}

test('H77: a tag tells the volume again, in characters that LVM takes', () => {
  const tag = formatVolumeTag(volume)
  expect(tag).toMatch(/^[A-Za-z0-9_+.\-/=!:&#]+$/)
  expect(parseVolumeTag(`pgfork,${tag},other`)).toEqual({ root: volume.root, attributes })
})

test.each(['', 'pgfork', 'pgfork.volume=', 'pgfork.volume=e30', 'pgfork.volume=bnVsbA'])('%j tells none', (tags) => {
  expect(parseVolumeTag(tags)).toBeUndefined()
})

test.each([{ mountOptions: 'rw,suid' }, { mountOptions: 'rw,bind' }, { fileSystem: 'vfat' }])(
  'H77: nothing is believed of a tag with %j',
  (foreign) => {
    const tag = formatVolumeTag({ ...volume, attributes: { ...volume.attributes, ...foreign } })
    expect(parseVolumeTag(`pgfork,${tag}`)).toBeUndefined()
  },
)

test('one that LVM would refuse is left out', () => {
  expect(formatVolumeTag({ ...volume, root: `/${'x'.repeat(2000)}` })).toBeUndefined()
})
