import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ForkSummary } from '@pgfork/core'
import { openStateDirectory, RecordStore } from '@pgfork/core/companion'
import { z } from 'zod'

const schema = z.strictObject({
  /** Of the fork. */
  name: z.string(),
  createdAt: z.string(),
  port: z.number(),
  commonDirectory: z.string(),
  /** What stays when the repository is moved. */
  repositoryId: z.string(),
  /** Of the worktree, below `commonDirectory`; the main worktree's is empty. */
  gitDirectory: z.string(),
  worktree: z.string(),
  branch: z.string().optional(),
  /** Whose the repository is, and as whom git looks at it. */
  owner: z.strictObject({ uid: z.number(), gid: z.number() }),
  /** When the fork was made; until then there is none, or one that is being made. */
  forkCreatedAt: z.string().optional(),
})

/** For which branch a fork was made. It is written before the fork is made, and stays as long as the branch. */
export type BranchRecord = z.infer<typeof schema>

export const branchFolder = (stateDirectory: string): string => join(stateDirectory, 'branches')

export async function openBranchStore(stateDirectory: string | undefined): Promise<RecordStore<BranchRecord>> {
  const folder = branchFolder((await openStateDirectory(stateDirectory)).path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return new RecordStore(folder, schema)
}

export async function listBranchRecords(store: RecordStore<BranchRecord>): Promise<BranchRecord[]> {
  const records = await Promise.all((await store.names()).map((name) => store.find(name)))
  return records.filter((record) => record !== undefined)
}

/** A fork of that name may be another one, made by hand since. */
export const isForkOf = ({ name, createdAt, forkCreatedAt }: BranchRecord, fork: ForkSummary): boolean =>
  fork.name === name &&
  (forkCreatedAt === undefined
    ? fork.createdAt.getTime() >= Date.parse(createdAt)
    : fork.createdAt.toISOString() === forkCreatedAt)

/**
 * Of a folder, wherever it is moved on its file system; undefined where there is none. The number of a device may be another one after a
 * reboot. Throws `EACCES`, `ELOOP` and the like where that can't be told.
 */
export function folderId(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found && `${found.ino}-${found.birthtimeNs}`
}
