import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createMemoryStorage } from '../../../../test/support/memory-storage.ts'
import { startOperation } from '../operation/operation.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { lostProcess } from '../process/process-identity.ts'
import type { DriverFacts } from '../storage/driver/snapshot-driver.ts'
import { planSnapshot, unneededDirectories } from './plan-snapshot.ts'

const memory = await createMemoryStorage()
afterAll(() => memory[Symbol.asyncDispose]())

const running = { server: { ...lostProcess(), port: 5432 }, hidden: undefined, unreachable: undefined }
const stopped = { server: undefined, hidden: undefined, unreachable: undefined }

/** A cluster with directories on volumes of the names before the first slash; `a1` is a volume of the pool `a`. */
async function plan(
  atomicity: DriverFacts['atomicity'],
  { data, wal, tablespaces = [] }: { data: string; wal?: string; tablespaces?: string[] },
  source: Partial<Inspection> = running,
) {
  const place = async (path: string): Promise<string> => {
    const [volume = ''] = path.split('/')
    const root = await memory.volume(volume, volume.charAt(0))
    await mkdir(join(root, '..', path), { recursive: true })
    return join(root, '..', path)
  }
  const links = await Promise.all(
    tablespaces.map(async (path, index) => ({ link: `pg_tblspc/${index}`, path: await place(path) })),
  )
  const inspection = {
    dataDirectory: await place(data),
    control: { state: 'shut down', walLevel: 'replica' },
    layout: { wal: wal === undefined ? undefined : { link: 'pg_wal', path: await place(wal) }, tablespaces: links },
    ...source,
  } as Inspection
  const operation = await startOperation({
    driver: [
      memory.driver({ facts: { atomicity }, pools: ['a', 'b'] }),
      memory.driver({ name: 'second', facts: { atomicity }, pools: ['s'] }),
    ],
    stateDirectory: join(memory.folder, 'state'),
  })
  const planned = await planSnapshot(operation, 'name', inspection, inspection.server !== undefined)
  return {
    planned,
    consistency: planned.consistency,
    volumes: planned.copies.map(({ driver, volume }) => `${driver} ${volume.root.slice(memory.folder.length + 1)}`),
    paths: [planned.data, ...planned.links].map(({ copy, path }) => `${copy}:${path}`),
  }
}

test('H1: what lies on one volume is captured once, and every link knows where it is', async () => {
  const { planned, ...found } = await plan('volume', {
    data: 'a1/pg/main',
    wal: 'a1/wal',
    tablespaces: ['a1/pg/main-fast', 'a1/more'],
  })
  expect(found).toEqual({
    consistency: 'atomic',
    volumes: ['memory a1'],
    paths: ['0:pg/main', '0:pg/main-fast', '0:more', '0:wal'],
  })
  expect(planned.links.map(({ link }) => link)).toEqual(['pg_tblspc/0', 'pg_tblspc/1', 'pg_wal'])
  expect(unneededDirectories(planned)).toContain('pg/main/pg_wal')
})

test('H4: volumes of one pool are captured at one instant where the driver says so', async () => {
  const several = { data: 'a1/main', wal: 'a2/wal', tablespaces: ['a3/fast'] }
  expect(await plan('pool', several)).toMatchObject({
    consistency: 'atomic',
    volumes: ['memory a1', 'memory a3', 'memory a2'],
    paths: ['0:main', '1:fast', '2:wal'],
  })
})

test.each([
  ['each volume for itself', 'volume', { data: 'a1/main', wal: 'a2/wal', tablespaces: ['a3/fast'] }],
  ['volumes of two pools', 'pool', { data: 'a1/main', wal: 'b1/wal', tablespaces: ['a3/fast'] }],
  ['volumes of two drivers', 'pool', { data: 'a1/main', wal: 's1/wal', tablespaces: ['a3/fast'] }],
  ['files one after another', 'none', { data: 'a1/main', wal: 'a1/wal', tablespaces: ['a3/fast'] }],
] as const)('H4: %s: a base backup of a running source, without its WAL directory', async (_, atomicity, layout) => {
  expect(await plan(atomicity, { ...layout, tablespaces: [...layout.tablespaces] })).toMatchObject({
    consistency: 'backup',
    volumes: ['memory a1', 'memory a3'],
    paths: ['0:main', '1:fast'],
  })
})

test('H4: a stopped source is captured with its WAL, whatever the storage can do', async () => {
  expect(await plan('none', { data: 'a1/main', wal: 's1/wal' }, stopped)).toMatchObject({
    consistency: 'stopped',
    volumes: ['memory a1', 'second s1'],
    paths: ['0:main', '1:wal'],
  })
})

test('H2: WAL on a storage that no driver serves is left to a base backup; of a stopped source it is refused', async () => {
  const layout = { data: 'a1/main', wal: 'x1/wal' }
  expect(await plan('pool', layout)).toMatchObject({ consistency: 'backup', volumes: ['memory a1'], paths: ['0:main'] })
  await expect(plan('pool', layout, stopped)).rejects.toMatchObject({ code: 'DRIVER_NOT_FOUND' })
})

test('H1: a tablespace that no driver serves is refused', async () => {
  await expect(plan('pool', { data: 'a1/main', tablespaces: ['x1/fast'] })).rejects.toMatchObject({
    code: 'DRIVER_NOT_FOUND',
    message: expect.stringContaining('x1/fast'),
  })
})

test('copies are named after the snapshot, the first without a number', async () => {
  const { planned } = await plan('pool', { data: 'a1/main', tablespaces: ['a2/x', 'a3/x', 'a2/y'] })
  expect(planned.copies.map(({ name }) => name.replace(/^name\.\w+/, 'name'))).toEqual(['name', 'name.1', 'name.2'])
})
