import { createCluster, type MajorVersion } from '../../test/support/cluster/index.ts'
import { createBtrfs } from '../../test/support/storage/index.ts'
import { type Branch, fill, type Tree, type TreeWay } from './tree.ts'

export interface DatabasesOptions {
  readonly name: string
  readonly version: MajorVersion
  readonly settings?: Readonly<Record<string, string>>
}

/** A database for each branch, all in one server that flushes nothing either. */
export const databases = ({ name, version, settings = {} }: DatabasesOptions): TreeWay => ({
  name,
  async open(rows): Promise<Tree> {
    const storage = await createBtrfs({ sizeMb: 32_768 })
    const server = await createCluster({
      directory: await storage.createSubvolume('main'),
      version,
      settings: { fsync: 'off', full_page_writes: 'off', max_connections: 400, ...settings },
    })
    const branchOf = (database: string): Branch => ({ name: database, connect: () => server.client(database) })
    await server.query('CREATE DATABASE root')
    await fill(await server.client('root'), rows)
    return {
      root: branchOf('root'),
      path: storage.path,
      async branch(parent, database) {
        await server.query(`CREATE DATABASE "${database}" TEMPLATE "${parent.name}" STRATEGY file_copy`)
        return branchOf(database)
      },
      remove: async (branch) => void (await server.query(`DROP DATABASE "${branch.name}"`)),
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]()
        await storage[Symbol.asyncDispose]()
      },
    }
  },
})
