import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSwapping } from '../../../test/support/attacker/index.ts'
import { byExtent } from '../../../test/support/extent.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { findNestedSubvolumes } from './nested-subvolumes.ts'
import { createTestBtrfs, obstacle, postgres } from './test-fixture.ts'

const tries = byExtent(200, 2_000, 20_000)

describe.skipIf(obstacle !== undefined)('the search for nested subvolumes', () => {
  let storage: Awaited<ReturnType<typeof createTestBtrfs>>
  beforeAll(async () => {
    storage = await createTestBtrfs()
  }, 60_000)
  afterAll(() => storage[Symbol.asyncDispose]())

  test('H59: finds those below, and never leaves by a link that its owner puts in the place of a directory', async () => {
    const data = storage.data
    // Root's, closed to him, with a subvolume whose name he would like to know.
    const secret = join(storage.path, 'secret')
    await mkdir(join(secret, 'folder'), { recursive: true, mode: 0o700 })
    await runner.run('btrfs', ['subvolume', 'create', join(secret, 'folder', 'hidden')])
    const [directory, link] = [join(data, 'swapped'), join(data, 'link')]
    await mkdir(join(directory, 'folder', 'deep'), { recursive: true })
    await runner.run('btrfs', ['subvolume', 'create', join(directory, 'folder', 'nested')])
    await symlink(secret, link)
    await runner.run('chown', ['-Rh', `${postgres.uid}:${postgres.gid}`, data])
    const expected = [directory, link].map((path) => join(path, 'folder', 'nested'))
    const found = new Set<string>()
    const swapper = await startSwapping(postgres, directory, link)
    try {
      for (let count = 0; count < tries; count++) for (const path of await findNestedSubvolumes(data)) found.add(path)
    } finally {
      expect(await swapper.stop()).toBeGreaterThan(tries)
    }
    expect([...found].filter((path) => !expected.includes(path))).toEqual([])
    expect(found.size).toBeGreaterThan(0)
    for (const path of [directory, link])
      await runner.run('btrfs', ['subvolume', 'delete', join(path, 'folder', 'nested')]).catch(() => {})
    await runner.run('btrfs', ['subvolume', 'delete', join(secret, 'folder', 'hidden')])
    await rm(directory, { recursive: true })
    await rm(link, { recursive: true })
  }, 600_000)

  test('one that vanishes meanwhile is left out, and one that may not be read is told of', async () => {
    const { data } = storage
    await expect(findNestedSubvolumes(join(data, 'nowhere'))).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    await writeFile(join(data, 'no-directory'), '')
    await expect(findNestedSubvolumes(join(data, 'no-directory'))).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    await rm(join(data, 'no-directory'))
  })
})
