import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFork, createRunner } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../../support/cluster/index.ts'
import { type BtrfsStorage, createBtrfs } from '../../support/storage/index.ts'

let storage: BtrfsStorage
let cluster: Cluster
const states: string[] = []

beforeAll(async () => {
  storage = await createBtrfs({ sizeMb: 2048 })
  cluster = await createCluster({ directory: await storage.createSubvolume('main') })
  for (let count = 0; count < 2; count++) states.push(await mkdtemp(join(tmpdir(), 'pgfork-test-state-')))
})

afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
  for (const state of states) await rm(state, { recursive: true, force: true })
})

const optionsOf = (stateDirectory: string | undefined) => ({
  source: cluster.dataDirectory,
  driver: btrfs(),
  stateDirectory: stateDirectory as string,
  name: 'same',
})

test('H57: a fork of the same name in another state directory is not touched, whether the second one is made or fails', async () => {
  await using first = await createFork(optionsOf(states[0]))
  const second = await createFork(optionsOf(states[1]))
  expect(second.dataDirectory).not.toBe(first.dataDirectory)
  await second.destroy()
  const failing = {
    ...optionsOf(states[1]),
    verify: () => {
      throw new Error('not wanted')
    },
  }
  await expect(createFork(failing)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED', leftBehind: [] })
  const { stdout } = await createRunner().run('psql', [first.connectionString, '-Atc', 'select 1'])
  expect(stdout).toBe('1')
  await first.reset()
})
