import { randomBytes } from 'node:crypto'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'

/** Of `test/lab/provision-zfs.sh`. */
export const zpool = 'pgforktest'

export interface DatasetOptions {
  /** Default: a dataset of the pool itself. */
  readonly parent?: string
  /** Such as `{ recordsize: '8k' }`. */
  readonly properties?: Readonly<Record<string, string>>
  /** For what asks for one. */
  readonly passphrase?: string
}

export interface Dataset extends AsyncDisposable {
  readonly name: string
  /** The mount point. Every user may pass through it. */
  readonly path: string
}

/** A real dataset of OpenZFS, mounted. Disposing of it destroys it with its snapshots; clones must be gone by then. */
export async function createDataset({
  parent = zpool,
  properties = {},
  passphrase,
}: DatasetOptions = {}): Promise<Dataset> {
  const name = `${parent}/test-${randomBytes(4).toString('hex')}`
  const folder = await makeWorkFolder('dataset')
  const path = join(folder, 'mount')
  const all = { mountpoint: path, ...properties }
  const options = Object.entries(all).flatMap(([property, value]) => ['-o', `${property}=${value}`])
  try {
    await runner.run('zfs', ['create', ...options, name], passphrase === undefined ? {} : { input: `${passphrase}\n` })
    await chmod(path, 0o755)
    return { name, path, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }

  async function remove(): Promise<void> {
    await runner.run('zfs', ['destroy', '-r', name])
    await rm(folder, { recursive: true, force: true })
  }
}
