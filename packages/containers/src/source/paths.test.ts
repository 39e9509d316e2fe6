import { expect, test } from 'vitest'
import type { InspectedContainer } from '../engine/inspect-container.ts'
import { isBelow, pathsOf } from './paths.ts'

const inspected = {
  Mounts: [
    { Type: 'bind', Source: '/srv/pg', Destination: '/var/lib/postgresql/' },
    { Type: 'volume', Source: '/volumes/wal/_data', Destination: '/var/lib/postgresql/data/pg_wal', Driver: 'local' },
    { Type: 'tmpfs', Source: '', Destination: '/scratch' },
  ],
  HostConfig: { NetworkMode: 'default', Tmpfs: { '/memory': '' } },
} as unknown as InspectedContainer

test.each([
  ['/var/lib/postgresql', '/srv/pg'],
  ['/var/lib/postgresql/data', '/srv/pg/data'],
  ['/var/lib/postgresql/data/pg_wal/1', '/volumes/wal/_data/1'],
  ['/var/lib/postgresql/../elsewhere', undefined],
  ['/var/lib/postgresql-17', undefined],
  ['/scratch/data', undefined],
  ['/memory', undefined],
  ['/etc/passwd', undefined],
])('H84: %s of a container is %s here', (path, here) => {
  expect(pathsOf(inspected).here(path)).toBe(here)
})

test('H84: a volume that stands for a directory is that directory', () => {
  const volume = { Type: 'volume', Name: 'db', Source: '/volumes/db/_data', Destination: '/data', Driver: 'local' }
  const paths = pathsOf({ ...inspected, Mounts: [volume] } as never, new Map([['db', '/srv/pg']]))
  expect(paths.here('/data/pg_wal')).toBe('/srv/pg/pg_wal')
})

test.each([
  ['/a', '/a', true],
  ['/a/b', '/a', true],
  ['/ab', '/a', false],
  ['/a/../b', '/a', false],
  ['/a/..b', '/a', true],
])('%s is below %s: %s', (path, folder, expected) => {
  expect(isBelow(path, folder)).toBe(expected)
})
