import { join } from 'node:path'
import type { CommandRunner } from '@pgfork/core'
import { type BranchRecord, folderId } from './branch-record.ts'
import { nameNow } from './name-now.ts'

/** What has become of a fork's branch. */
type Fate = { readonly is: 'there' } | { readonly is: 'gone' | 'unknown'; readonly reason: string }

/**
 * Whether a fork's branch or worktree is gone from its repository. Where the repository itself isn't found, or keeps even root out as some
 * mounts do, nothing is known: it may lie on what isn't mounted, or have been moved (H72).
 */
export async function whyGone(record: BranchRecord, runner: CommandRunner): Promise<Fate> {
  try {
    return await lookForBranch(record, runner)
  } catch (error) {
    const { message } = error as Error
    return { is: 'unknown', reason: `the repository ${record.commonDirectory} can't be looked into: ${message}` }
  }
}

async function lookForBranch(record: BranchRecord, runner: CommandRunner): Promise<Fate> {
  const { commonDirectory, repositoryId, gitDirectory, worktree, branch } = record
  if (folderId(commonDirectory) !== repositoryId)
    return { is: 'unknown', reason: `the repository ${commonDirectory} is not there, or another one is in its place` }
  if (folderId(join(commonDirectory, gitDirectory)) === undefined)
    return { is: 'gone', reason: `its worktree ${worktree} is gone` }
  if (branch === undefined) return { is: 'there' }
  try {
    const now = await nameNow(record, runner)
    if (now === branch) return { is: 'there' }
    if (now === undefined) return { is: 'gone', reason: `its branch ${branch} is gone` }
    return { is: 'unknown', reason: `its branch ${branch} was renamed to ${now}` }
  } catch {
    return { is: 'unknown', reason: `git can't look into ${commonDirectory}` }
  }
}
