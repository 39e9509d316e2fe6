import {
  type DriverContext,
  entryFiles,
  findMount,
  isPgforkError,
  type StoredItem,
  type Volume,
} from '@pgfork/core/driver'
import { findMarked } from './mark.ts'
import { mountEntry } from './names.ts'
import type { Settings } from './options.ts'
import { requirePool } from './require-pool.ts'

/** Everything in the volume's pool that carries our marks. */
export async function list(volume: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const marked = await findMarked(volume.pool.slice('zfs:'.length), settings, context).catch(async (error: unknown) => {
    if (isPgforkError(error, 'COPY_MISSING')) await requirePool(volume, settings, context)
    throw error
  })
  return Promise.all(
    marked.map(async ({ kind, name, volume: own }) => {
      const files = kind === 'clone' ? entryFiles(mountEntry({ volume: own, name })) : undefined
      const isVisible = files !== undefined && (await findMount(files)) !== undefined
      return { kind, name, volume: own, ...(isVisible ? { path: files } : {}) }
    }),
  )
}
