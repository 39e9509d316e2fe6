import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { postgres } from '../../../test/support/driver-fixture/index.ts'
import {
  createBtrfs,
  createExt4,
  createXfs,
  type StorageOptions,
  type TestStorage,
  whyNoLoopMounts,
} from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'

export {
  createContext,
  makeClone,
  postgres,
  takeSnapshot,
} from '../../../test/support/driver-fixture/index.ts'

/** Above this many bytes they aren't copied by cp. */
const largeBytes = 200 * 1024 * 1024

/** `sparseBytes`: the size of a file that holds next to nothing. */
const fileSystems = [
  { name: 'xfs', create: createXfs, sharesBlocks: true },
  { name: 'btrfs', create: createBtrfs, sharesBlocks: true },
  { name: 'ext4', create: createExt4, sharesBlocks: false },
  { name: 'ext4', create: createExt4, sharesBlocks: false, sparseBytes: largeBytes },
] as const

/** Each with the reason why it can't be made here. */
export const storages = await Promise.all(
  fileSystems.map(async (storage) => {
    const { name, create, sharesBlocks, sparseBytes = 64 * 1024 * 1024 } = { sparseBytes: undefined, ...storage }
    return {
      name: sparseBytes === largeBytes ? `${name}, large` : name,
      create: (options: StorageOptions = {}) => createTree(create, options, sparseBytes),
      sharesBlocks,
      sparseBytes,
      obstacle: await whyNoLoopMounts(name),
    }
  }),
)

export const obstacle = storages.find((storage) => storage.obstacle !== undefined)?.obstacle

export interface TestTree extends TestStorage {
  readonly data: string
}

/** A file system with a data directory `pg/main` of the servers' user, who owns `pg`, too. */
export async function createTree(
  create: (options: StorageOptions) => Promise<TestStorage>,
  options: StorageOptions = {},
  sparseBytes = 64 * 1024 * 1024,
): Promise<TestTree> {
  const storage = await create({ sizeMb: 512, ...options })
  const data = join(storage.path, 'pg', 'main')
  await mkdir(join(data, 'base', '5'), { recursive: true })
  await mkdir(join(data, 'pg_wal', 'archive_status'), { recursive: true })
  await writeFile(join(data, 'PG_VERSION'), '15\n')
  await writeFile(join(data, 'empty'), '')
  await writeFile(join(data, 'pg_wal', '000000010000000000000001'), 'wal')
  await writeFile(join(data, 'base', '5', '1259'), 'committed')
  await writeFile(join(data, 'base', '5', 'large'), Buffer.alloc(3 * 1024 * 1024 + 17, 'large'))
  await writeFile(join(data, 'base', '5', 'sparse'), 'begin')
  await truncate(join(data, 'base', '5', 'sparse'), sparseBytes)
  await symlink('/nowhere/at/all', join(data, 'link'))
  await symlink('base', join(data, 'link-to-directory'))
  await makeDeadSocket(join(data, '.s.PGSQL.5432'))
  await runner.run('mkfifo', [join(data, 'pipe')])
  await runner.run('chmod', ['-R', 'u=rwX,go=', data])
  await runner.run('chmod', ['0400', join(data, 'empty')])
  await runner.run('chmod', ['0750', join(data, 'base')])
  await runner.run('chown', ['-R', '-h', `${postgres.uid}:${postgres.gid}`, join(storage.path, 'pg')])
  return { ...storage, data }
}

async function makeDeadSocket(path: string): Promise<void> {
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  await runner.run(process.execPath, ['-e', script, path]).catch(() => {})
}
