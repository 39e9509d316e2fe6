import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { type CommandRunner, PgforkError } from '@pgfork/core'
import { checkPlace } from '@pgfork/core/companion'
import { usageError } from '../output/usage-error.ts'
import type { Repository } from './repository.ts'

/** githooks(5), post-checkout: its third argument is 1 when a branch was checked out. What fails here fails no checkout. */
export const hookText = `#!/bin/sh
# Written by "pgfork config git": each branch and worktree gets a fork of its own. "pgfork config git --remove" removes it.
[ "$3" = 1 ] && git symbolic-ref --quiet HEAD > /dev/null || exit 0
PATH="$PATH:$PWD/node_modules/.bin"
pgfork create --for-branch --quiet >&2 || echo 'This branch has no fork of its own: see above.' >&2
exit 0
`

/**
 * Where git looks for it: its configuration may name another folder, such as the one of a tool for hooks. Here git reads the
 * configuration of the user, who is the caller.
 *
 * @throws PgforkError `INVALID_OPTION` for a repository of somebody else's
 */
export async function findHook(
  { worktree, owner, commonDirectory }: Repository,
  runner: CommandRunner,
): Promise<string> {
  if (owner.uid !== process.geteuid?.())
    throw usageError(`${commonDirectory} belongs to another user. Run this as that user, without sudo.`)
  const { XDG_CONFIG_HOME } = process.env
  const { stdout } = await runner.run('git', ['-C', worktree, 'rev-parse', '--git-path', 'hooks'], {
    environment: XDG_CONFIG_HOME === undefined ? {} : { XDG_CONFIG_HOME },
  })
  return join(resolve(worktree, stdout.trimEnd()), 'post-checkout')
}

/** @throws PgforkError `TARGET_EXISTS` where there is another one, `PERMISSION_DENIED` */
export function installHook(path: string): void {
  const folder = resolve(path, '..')
  checkPlace(folder, 'Or write the hook yourself.')
  if (isOurs(path)) return
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(path, hookText, { flag: 'wx', mode: 0o755 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new PgforkError(
      'TARGET_EXISTS',
      `There is a hook ${path}, which was left as it is. Add this to it:\n[ "$3" = 1 ] && pgfork create --for-branch --quiet >&2`,
      { facts: { path }, cause: error },
    )
  }
}

/** @returns whether it was there. @throws PgforkError `TARGET_EXISTS` where there is another one */
export function removeHook(path: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return false
  checkPlace(resolve(path, '..'), 'Or remove the hook yourself.')
  if (!isOurs(path))
    throw new PgforkError('TARGET_EXISTS', `${path} is not as pgfork wrote it. Take out of it what you don't want.`, {
      facts: { path },
    })
  rmSync(path)
  return true
}

const isOurs = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isFile() === true && readFileSync(path, 'utf8') === hookText
