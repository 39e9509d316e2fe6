import { chmod, rm } from 'node:fs/promises'
import { createFork, type Fork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { createCluster } from '../../test/support/cluster/index.ts'
import { createBtrfs } from '../../test/support/storage/index.ts'
import { makeWorkFolder } from '../../test/support/system/make-work-folder.ts'
import { type Branch, fill, type Tree, type TreeWay } from './tree.ts'

interface ForkBranch extends Branch {
  readonly fork: Fork
}

/** A server for each branch: a throwaway fork of the running server of its parent. */
export const forks: TreeWay = {
  name: 'createFork',
  async open(rows): Promise<Tree> {
    const storage = await createBtrfs({ sizeMb: 32_768 })
    const stateDirectory = await makeWorkFolder('state')
    await chmod(stateDirectory, 0o700)
    const source = await createCluster({ directory: await storage.createSubvolume('main') })
    await fill(await source.client(), rows)
    const options = { driver: btrfs(), stateDirectory, durability: 'throwaway' } as const
    const branchOf = (fork: Fork): ForkBranch => ({ name: fork.name, fork, connect: () => fork.connect() })
    const made = new Map<Branch, Fork>()
    const add = async (parent: string | Fork, name: string): Promise<Branch> => {
      const branch = branchOf(await createFork({ ...options, source: parent, name }))
      made.set(branch, branch.fork)
      return branch
    }
    const remove = async (branch: Branch): Promise<void> => {
      await made.get(branch)?.destroy()
      made.delete(branch)
    }
    return {
      root: await add(source.dataDirectory, 'root'),
      path: storage.path,
      branch: (parent, name) => add(made.get(parent) as Fork, name),
      remove,
      async [Symbol.asyncDispose]() {
        for (const branch of [...made.keys()].reverse()) await remove(branch)
        await source[Symbol.asyncDispose]()
        await rm(stateDirectory, { recursive: true, force: true })
        await storage[Symbol.asyncDispose]()
      },
    }
  },
}
