import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Volume } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { defaultHost, earlierHostOf, hostOf } from './default-host.ts'
import { rbd } from './index.ts'
import { claimsOf, clonePlace, ownName, placesOf, snapshotName, specOf } from './names.ts'

const volume = (image: string, host = 'db-b.3f2a'): Volume => ({
  ...{ id: 'rbd:rbd//1', pool: 'rbd:1', root: '/', copyOnWrite: true },
  attributes: { pool: 'rbd', namespace: '', image, imageId: 'abc', host, forksPool: 'ssd', forksNamespace: 'forks' },
})

test('names say which host something is of, and a host finds no other one of which its own name is the beginning', () => {
  const reference = { volume: volume('db-a'), name: 'staging_1.0' }
  const clone = clonePlace(reference)
  expect(specOf(clone)).toBe('ssd/forks/pgfork-c-db-b.3f2a+staging_1.0')
  expect(snapshotName(reference)).toBe('pgfork-s-db-b.3f2a+staging_1.0')
  expect(ownName(clone.image, 'clone', 'db-b.3f2a')).toBe('staging_1.0')
  for (const other of ['db-b', 'db-b.3f2', 'db-b.3f2a5', ''])
    expect(ownName(clone.image, 'clone', other)).toBeUndefined()
  expect(ownName(clone.image, 'snapshot', 'db-b.3f2a')).toBeUndefined()
  for (const foreign of ['pgfork-c-staging', 'pgfork-c-+staging', 'my-pgfork-c-db-b+x', 'pgfork-t-db-b+x'])
    expect(ownName(foreign, 'clone', 'db-b')).toBeUndefined()
})

test("the longest names are no longer than Ceph's", () => {
  const reference = { volume: volume('db-a', 'h'.repeat(24)), name: 'n'.repeat(63) }
  expect(clonePlace(reference).image.length).toBeLessThanOrEqual(100)
})

test('a clone that others came of has a second name, any other image one', () => {
  expect(placesOf(volume('db-a')).map(specOf)).toEqual(['rbd/db-a'])
  expect(placesOf(volume('pgfork-c-db-b.3f2a+x')).map(specOf)).toEqual([
    'rbd/pgfork-c-db-b.3f2a+x',
    'rbd/pgfork-r-db-b.3f2a+abc',
  ])
  // Of a fork of another host's fork.
  expect(placesOf(volume('pgfork-c-db-b.3f2a+x', 'db-c')).map(specOf)).toEqual([
    'rbd/pgfork-c-db-b.3f2a+x',
    'rbd/pgfork-r-db-b.3f2a+abc',
  ])
})

test('images are named by pool and name, perhaps with a namespace between', () => {
  expect(rbd.image('rbd/db-a')).toEqual({ driver: 'rbd', volume: 'rbd/db-a' })
  expect(rbd.image('rbd/team/db-a')).toEqual({ driver: 'rbd', volume: 'rbd/team/db-a' })
})

test.each([
  'db-a',
  'rbd/',
  '/db-a',
  'rbd/a@b',
  'rbd/--id',
  '-p/a',
  'a/b/c/d',
  'rbd/a b',
  'rbd/a,b',
  'rbd/ä',
  1,
  undefined,
])('%s is no image', (name) => {
  expect(() => rbd.image(name as string)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test.each([
  { host: 'db+b' },
  { host: 'DB' },
  { host: 'h'.repeat(25) },
  { host: '-x' },
  { user: '--conf' },
  { pool: 'a/b' },
  { namespace: '' },
  { conf: 'ceph.conf' },
  { mapper: 'fuse' },
  { claims: 'rbd' },
  { claims: 'rbd/a/b' },
  { claims: 'rbd/--id' },
  { hosts: 'x' },
])('%o is no option', (options) => {
  expect(() => rbd(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})

test("a host's own name is one that the option takes", () => {
  const host = defaultHost()
  expect(() => rbd({ host })).not.toThrow()
  expect(host).toMatch(/[.][0-9a-f]{4}$/)
  expect(host).toContain(
    hostname()
      .toLowerCase()
      .replace(/[^a-z0-9].*/, '')
      .slice(0, 16),
  )
})

test('H99: hosts of one image have different names, also where these begin alike', () => {
  const [one, other] = ['pgfork-staging-worker-0', 'pgfork-staging-worker-1'].map((name) => hostOf(name, ''))
  expect(one).toMatch(/^pgfork-staging-w[.][0-9a-f]{4}$/)
  expect(other).not.toBe(one)
  expect(hostOf('db-b', 'abc')).not.toBe(hostOf('db-b', 'abd'))
})

test('H99: a host keeps its name when its domain becomes part of it', () => {
  for (const name of ['db-b.example.org', 'DB-B', 'db-b.']) expect(hostOf(name, 'abc')).toBe(hostOf('db-b', 'abc'))
})

test('H99: a host knows the name that it had by default before', () => {
  const digits = createHash('sha256').update('pgfork abc').digest('hex').slice(0, 4)
  for (const name of ['db-b', 'DB-B.example.org']) expect(earlierHostOf(name, 'abc')).toBe(`db-b.${digits}`)
})

test('H97: timelines are noted where forks go, or in the one place that is named', () => {
  expect(claimsOf(volume('db-a'))).toEqual({ pool: 'ssd', namespace: 'forks' })
  const { attributes, ...others } = volume('db-a')
  const named = { ...others, attributes: { ...attributes, claimsPool: 'rbd', claimsNamespace: 'claims' } }
  expect(claimsOf(named)).toEqual({ pool: 'rbd', namespace: 'claims' })
})
