import { attachMount, type CloneReference, type DriverContext, isPgforkError, PgforkError } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { cloneName, mountEntry } from './names.ts'
import type { Settings } from './options.ts'
import { requirePool } from './require-pool.ts'

/** Mounts a clone where its property says, which must be where it was made for, unless it is. @returns the mount point */
export const attach = (clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> =>
  attachMount(mountEntry(clone), async (mountPoint) => {
    const dataset = cloneName(clone)
    const property = await runZfs(mountPointWords(dataset), settings, context).catch(async (error: unknown) => {
      if (isPgforkError(error, 'COPY_MISSING')) await requirePool(clone.volume, settings, context)
      throw error
    })
    if (property !== mountPoint)
      throw new PgforkError(
        'PERMISSION_DENIED',
        `${dataset} would be mounted at ${property}, and not at ${mountPoint}: somebody changed its property mountpoint. Set it again.`,
        { hazard: 'H60', facts: { dataset, property, mountPoint } },
      )
    await runZfs(['mount', dataset], settings, context)
  })

/** What `zfs` is told to learn where it would mount a dataset. */
export const mountPointWords = (dataset: string): string[] => ['get', '-Hp', '-o', 'value', 'mountpoint', dataset]
