import type { StateDirectory } from '../state/state-directory.ts'
import { parseCopyName } from './copy-names.ts'
import { type ForkRecord, forkStore } from './fork-record.ts'

/** The fork of this state directory that has these files; undefined where they are no fork's. Every driver's path to a clone has its name. */
export async function findForkAt(state: StateDirectory, path: string): Promise<ForkRecord | undefined> {
  for (const part of path.split('/')) {
    const name = parseCopyName(part)?.name
    const record = name === undefined ? undefined : await forkStore(state).find(name)
    if (record?.clones.some((clone) => clone.name === part)) return record
  }
  return undefined
}
