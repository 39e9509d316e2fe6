import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandRunner } from '@pgfork/core'
import { type BranchRecord, folderId } from './branch-record.ts'
import { git } from './git.ts'

/** What has become of a fork's branch. */
type Fate = { readonly is: 'there' } | { readonly is: 'gone' | 'unknown'; readonly reason: string }

/**
 * Whether a fork's branch or worktree is gone from its repository. Where the repository itself isn't found, nothing is known: it may
 * lie on what isn't mounted, or have been moved (H72).
 */
export async function whyGone(record: BranchRecord, runner: CommandRunner): Promise<Fate> {
  const { commonDirectory, repositoryId, gitDirectory, worktree, branch, owner } = record
  if (folderId(commonDirectory) !== repositoryId)
    return { is: 'unknown', reason: `the repository ${commonDirectory} is not there, or another one is in its place` }
  if (!existsSync(join(commonDirectory, gitDirectory)))
    return { is: 'gone', reason: `its worktree ${worktree} is gone` }
  if (branch === undefined) return { is: 'there' }
  try {
    await git(runner, commonDirectory, owner, ['show-ref', '--verify', '--quiet', branch])
    return { is: 'there' }
  } catch (error) {
    // git-show-ref(1): there is no such reference. Any other status tells that git could not look.
    if ((error as { exitCode?: number }).exitCode !== 1)
      return { is: 'unknown', reason: `git can't look into ${commonDirectory}` }
  }
  return (await isUnborn(record, runner)) ? { is: 'there' } : { is: 'gone', reason: `its branch ${branch} is gone` }
}

/** A branch that is checked out has no reference before its first commit. */
async function isUnborn({ commonDirectory, gitDirectory, branch, owner }: BranchRecord, runner: CommandRunner) {
  const folder = join(commonDirectory, gitDirectory)
  const head = await git(runner, folder, owner, ['symbolic-ref', '--quiet', 'HEAD']).catch(() => undefined)
  return head?.stdout.trimEnd() === branch
}
