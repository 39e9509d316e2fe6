import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DriverContext, PgforkError } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Layers } from './names.ts'
import type { Settings } from './options.ts'

export interface Overlay extends Layers {
  readonly lower: string
  readonly mountPoint: string
  readonly isVolatile: boolean
}

/** Separate the options of a mount and the layers in them, or hide what does. */
const separators = /[,:\\"\n]/

/** @throws PgforkError `DRIVER_NOT_APPLICABLE` for a path that can't be told to mount */
export function checkPath(path: string): void {
  if (!separators.test(path)) return
  throw new PgforkError(
    'DRIVER_NOT_APPLICABLE',
    `An overlayfs can't be made of ${JSON.stringify(path)}: a comma, colon, backslash, quote or line break would end its name. Give the driver another "directory".`,
    { facts: { path } },
  )
}

/**
 * Directories can be renamed, and nothing depends on inode numbers of other mounts, so that a copy of all layers is worth as much.
 *
 * @throws CommandError; PgforkError `COPY_MISSING` when a volatile one wasn't unmounted before a crash
 */
export async function mountOverlay(overlay: Overlay, settings: Settings, context: DriverContext): Promise<void> {
  const { lower, upper, work } = overlay
  for (const path of [lower, upper, work]) checkPath(path)
  refuseLost(overlay)
  await runCommand('mount', overlayWords(overlay), settings, context)
}

/** What `mount` is told. */
export function overlayWords({ lower, upper, work, mountPoint, isVolatile }: Overlay): string[] {
  const options = [
    `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
    'redirect_dir=on,index=off,metacopy=off',
    // Setuid programs and devices that lie beside a cluster's files have no effect in a fork (H83).
    'nosuid,nodev',
    ...(isVolatile ? ['volatile'] : []),
  ]
  return ['-t', 'overlay', '-o', options.join(','), '--', 'pgfork', mountPoint]
}

/** The kernel made it when it mounted the overlayfs, and refuses to mount a volatile one again (overlayfs.rst, "Volatile mount"). */
function refuseLost({ work, mountPoint, isVolatile }: Overlay): void {
  if (!isVolatile || !existsSync(join(work, 'work'))) return
  throw new PgforkError(
    'COPY_MISSING',
    `The clone at ${mountPoint} was made with volatile: true, so that nothing of it was flushed; it was unmounted, perhaps by a crash of the machine, and can't be used again. Reset or destroy what lies on it.`,
    { facts: { mountPoint } },
  )
}
