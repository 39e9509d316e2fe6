import { randomBytes } from 'node:crypto'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'

export interface SmallZpool extends AsyncDisposable {
  readonly pool: string
  /** Where its own dataset is mounted. Every user may pass through it. */
  readonly path: string
}

/** A zpool in a file, for tests that fill it. Disposing of it destroys it with all that is in it. */
export async function createSmallZpool(sizeMb: number): Promise<SmallZpool> {
  const pool = `pgforksmall-${randomBytes(4).toString('hex')}`
  const folder = await makeWorkFolder('zpool')
  const [image, path] = [join(folder, 'image'), join(folder, 'mount')]
  await runner.run('truncate', ['-s', `${sizeMb}M`, image])
  await runner.run('zpool', ['create', '-O', 'compression=off', '-O', `mountpoint=${path}`, pool, image])
  await chmod(path, 0o755)
  return {
    pool,
    path,
    async [Symbol.asyncDispose]() {
      await runner.run('zpool', ['destroy', pool])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
