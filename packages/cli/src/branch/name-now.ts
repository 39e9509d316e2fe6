import { join } from 'node:path'
import { type CommandRunner, isPgforkError } from '@pgfork/core'
import type { BranchRecord } from './branch-record.ts'
import { git } from './git.ts'

/**
 * What the branch of a fork is called now; undefined if it is gone.
 *
 * @throws CommandError when git can't look
 */
export async function nameNow(record: BranchRecord, runner: CommandRunner): Promise<string | undefined> {
  const { branch } = record
  if (branch === undefined || (await exists(branch, record, runner)) || (await isUnborn(record, runner))) return branch
  const renamed = await followRenames(branch, record, runner)
  return renamed !== undefined && (await exists(renamed, record, runner)) ? renamed : undefined
}

/** git-show-ref(1): with 1 there is no such reference; any other status tells that git could not look. */
async function exists(branch: string, { commonDirectory, owner }: BranchRecord, runner: CommandRunner) {
  return git(runner, commonDirectory, owner, ['show-ref', '--verify', '--quiet', branch]).then(
    () => true,
    (error: unknown) => {
      if (isPgforkError(error, 'COMMAND_FAILED') && (error as { exitCode?: number }).exitCode === 1) return false
      throw error
    },
  )
}

/** A branch that is checked out has no reference before its first commit. */
async function isUnborn({ commonDirectory, gitDirectory, branch, owner }: BranchRecord, runner: CommandRunner) {
  const folder = join(commonDirectory, gitDirectory)
  const head = await git(runner, folder, owner, ['symbolic-ref', '--quiet', 'HEAD']).catch(() => undefined)
  return head?.stdout.trimEnd() === branch
}

/** By git's own log of `git branch -m` since the fork was made. */
async function followRenames(
  branch: string,
  { commonDirectory, owner, createdAt }: BranchRecord,
  runner: CommandRunner,
): Promise<string | undefined> {
  const words = ['log', '--walk-reflogs', '--all', '--date=unix', '--format=%gd %gs', '--max-count=10000']
  const { stdout } = await git(runner, commonDirectory, owner, words)
  const renames = new Map<string, string>()
  const since = Math.floor(Date.parse(createdAt) / 1000)
  // The newest stands first; what came before it was another branch of that name.
  for (const line of stdout.split('\n')) {
    const [, time, from = '', to = ''] =
      /@\{(\d+)\} Branch: renamed (refs\/heads\/\S+) to (refs\/\S+)$/.exec(line) ?? []
    if (Number(time) >= since && !renames.has(from)) renames.set(from, to)
  }
  const seen = [branch]
  for (let next = renames.get(branch); next !== undefined && !seen.includes(next); next = renames.get(next))
    seen.push(next)
  return seen.length === 1 ? undefined : seen.at(-1)
}
