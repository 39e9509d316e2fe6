import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findClusters } from './find-clusters.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pgfork-test-clusters-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function makeCluster(path: string): Promise<string> {
  await mkdir(join(root, path, 'global'), { recursive: true })
  await mkdir(join(root, path, 'base', '1', 'global'), { recursive: true })
  await writeFile(join(root, path, 'PG_VERSION'), '15\n')
  await writeFile(join(root, path, 'base', '1', 'PG_VERSION'), '15\n')
  return join(root, path)
}

test('data directories are found at any depth that one has, and none within another', async () => {
  const found = [await makeCluster('one'), await makeCluster('a/b/c/d/two')]
  expect(await findClusters(root)).toEqual({ directories: found, isComplete: true })
  expect(await findClusters(join(root, 'one'))).toEqual({ directories: [join(root, 'one')], isComplete: true })
})

test('links are not followed, and what lies too deep leaves it open', async () => {
  const elsewhere = await makeCluster('elsewhere')
  await mkdir(join(root, 'clone'))
  await symlink(elsewhere, join(root, 'clone', 'link'))
  expect(await findClusters(join(root, 'clone'))).toEqual({ directories: [], isComplete: true })
  await makeCluster(`clone/${'deep/'.repeat(20)}`)
  expect(await findClusters(join(root, 'clone'))).toEqual({ directories: [], isComplete: false })
})
