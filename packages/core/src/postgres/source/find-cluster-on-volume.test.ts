import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findClusterOnVolume } from './find-cluster-on-volume.ts'

let folder: string
const cluster = async (...path: string[]): Promise<string> => {
  const directory = join(folder, ...path)
  await mkdir(join(directory, 'global'), { recursive: true })
  await writeFile(join(directory, 'PG_VERSION'), '15\n')
  await writeFile(join(directory, 'global', 'pg_control'), '')
  return directory
}

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'pgfork-test-volume-')))
})
afterEach(() => rm(folder, { recursive: true }))

test('it is found at an end of the path that the server names', async () => {
  const directory = await cluster('volume', '15', 'main')
  expect(findClusterOnVolume(join(folder, 'volume'), '/var/lib/postgresql/15/main', '')).toBe(directory)
})

test('H95: a server that names a path out of its volume is led to no cluster of this host', async () => {
  const other = await cluster('other')
  await mkdir(join(folder, 'volume'))
  for (const path of ['/../other', '/x/../../other', `/../..${other}`])
    expect(() => findClusterOnVolume(join(folder, 'volume'), path, ''), path).toThrow(
      expect.objectContaining({ code: 'LAYOUT_REFUSED', hazard: 'H95' }),
    )
})
