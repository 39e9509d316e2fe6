import { lstatSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { type CommandRunner, isPgforkError, PgforkError, type UserIdentity } from '@pgfork/core'
import { git } from './git.ts'

export interface Repository {
  readonly worktree: string
  /** Of this worktree. */
  readonly gitDirectory: string
  /** Of all worktrees of the repository. */
  readonly commonDirectory: string
  readonly owner: UserIdentity
}

/**
 * The repository of a folder. Its configuration may name programs for git to run: one that belongs to somebody else isn't read
 * (H62). Root's `sudo` counts as the user who called it, as it does for git itself, and then git runs as that user.
 *
 * @throws PgforkError `INVALID_OPTION` where there is none, `PERMISSION_DENIED`
 */
export async function findRepository(from: string, runner: CommandRunner): Promise<Repository> {
  const folder = realpathSync(from)
  const owner = ownerOf(findEntry(folder))
  const { stdout } = await git(runner, folder, owner, [
    ...['rev-parse', '--show-toplevel', '--git-dir', '--git-common-dir'],
  ]).catch((error: unknown) => {
    throw isPgforkError(error, 'COMMAND_FAILED') ? noWorktree(folder, error) : error
  })
  const [worktree, gitDirectory, commonDirectory, ...more] = stdout.trimEnd().split('\n')
  if (worktree === undefined || gitDirectory === undefined || commonDirectory === undefined || more.length > 0)
    throw noWorktree(folder)
  const found = {
    worktree: realpathSync(worktree),
    gitDirectory: realpathSync(resolve(folder, gitDirectory)),
    commonDirectory: realpathSync(resolve(folder, commonDirectory)),
  }
  for (const path of Object.values(found)) if (statSync(path).uid !== owner.uid) throw foreign(path)
  return { ...found, owner }
}

/** Where git will begin: it takes the nearest one. */
function findEntry(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const entry = join(folder, '.git')
    if (lstatSync(entry, { throwIfNoEntry: false }) !== undefined) return entry
    if (folder === dirname(folder)) throw noWorktree(from)
  }
}

function ownerOf(entry: string): UserIdentity {
  const self = process.geteuid?.()
  const { uid, gid } = lstatSync(entry)
  if (uid === self) return { uid, gid: process.getegid?.() ?? gid }
  // sudo(8) sets them, and only root's environment is looked at.
  const { SUDO_UID, SUDO_GID } = process.env
  if (self === 0 && SUDO_UID === String(uid) && SUDO_GID !== undefined) return { uid, gid: Number(SUDO_GID) }
  throw foreign(entry)
}

const noWorktree = (folder: string, cause?: unknown): PgforkError =>
  new PgforkError('INVALID_OPTION', `--for-branch needs a worktree of a git repository, and ${folder} is in none.`, {
    facts: { option: '--for-branch' },
    cause,
  })

const foreign = (path: string): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `${path} belongs to another user, whose repository could make git run what he wants. Run pgfork as that user, by sudo from his account, or give the fork a --name.`,
    { hazard: 'H62', facts: { path } },
  )

/** What is checked out. */
export async function currentBranch(repository: Repository, runner: CommandRunner): Promise<string | undefined> {
  try {
    const { worktree, owner } = repository
    return (await git(runner, worktree, owner, ['symbolic-ref', '--quiet', 'HEAD'])).stdout.trimEnd()
  } catch (error) {
    // git-symbolic-ref(1): a HEAD that names no branch.
    if ((error as { exitCode?: number }).exitCode === 1) return undefined
    throw error
  }
}
