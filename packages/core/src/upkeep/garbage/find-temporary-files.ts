import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isTemporary } from '../../state/atomic-file.ts'
import type { Finder, Removable } from './garbage.ts'

/** Longer than anybody takes to write a record. */
export const oldMs = 10 * 60_000

/** Records, or the identity of the state directory, that somebody was writing when he was killed. */
export const findTemporaryFiles: Finder = async ({ state }) => {
  const found: Removable[] = []
  for (const folder of [state.path, state.forks, state.snapshots])
    for (const name of (await readdir(folder)).filter(isTemporary)) {
      const path = join(folder, name)
      const written = await stat(path).catch(() => undefined)
      if (written === undefined || Date.now() - written.mtimeMs < oldMs) continue
      found.push({
        kind: 'temporary file',
        name: path,
        reason: 'it was never finished',
        remove: () => rm(path, { force: true }),
      })
    }
  return found
}
