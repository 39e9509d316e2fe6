import { type DriverContext, entryFiles, findMount, type StoredItem, type Volume } from '@pgfork/core/driver'
import { findMarked } from './mark.ts'
import { mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Everything in the volume's pool that carries our marks. */
export async function list({ pool }: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const marked = await findMarked(pool.slice('zfs:'.length), settings, context)
  return Promise.all(
    marked.map(async ({ kind, name, volume }) => {
      const files = kind === 'clone' ? entryFiles(mountEntry({ volume, name })) : undefined
      const isVisible = files !== undefined && (await findMount(files)) !== undefined
      return { kind, name, volume, ...(isVisible ? { path: files } : {}) }
    }),
  )
}
