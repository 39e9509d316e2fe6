import { lstatSync, readdirSync } from 'node:fs'
import { lchown, lstat, mkdir, readlink, realpath, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'

/** A symbolic link of the data directory and where it must lead in the fork. */
export interface Relink {
  /** `pg_wal` or `pg_tblspc/<oid>`. */
  readonly link: string
  /** The fork's own copy of what the source's link leads to. */
  readonly target: string
}

/**
 * Points the fork's links to its own copies; the source's are never opened (H1, H2). A link that the source lost since it was
 * looked at isn't made again.
 */
export async function relink(dataDirectory: string, links: readonly Relink[], owner: UserIdentity): Promise<void> {
  for (const { link, target } of links) {
    const path = join(dataDirectory, link)
    if (!(await exists(path))) continue
    await rm(path, { force: true })
    await symlink(await realpath(target), path)
    if (process.geteuid?.() === 0) await lchown(path, owner.uid, owner.gid)
  }
}

/** Gives the fork an empty WAL directory of its own, whatever the source's was. */
export async function replaceWalDirectory(dataDirectory: string, owner: UserIdentity): Promise<string> {
  const path = join(dataDirectory, 'pg_wal')
  await rm(path, { recursive: true, force: true })
  for (const directory of [path, join(path, 'archive_status')]) {
    await mkdir(directory, { mode: 0o700 })
    if (process.geteuid?.() === 0) await lchown(directory, owner.uid, owner.gid)
  }
  return path
}

/**
 * The last look before the start: no link of the fork may lead out of its own volumes, also none of a tablespace that the
 * source made after it was looked at.
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export async function checkLinks(dataDirectory: string, roots: readonly string[]): Promise<void> {
  const tablespaces = readdirSync(join(dataDirectory, 'pg_tblspc'))
  for (const link of ['pg_wal', ...tablespaces.map((oid) => join('pg_tblspc', oid))]) {
    const path = join(dataDirectory, link)
    if (!lstatSync(path).isSymbolicLink()) continue
    const target = await realpath(path).catch(() => readlink(path))
    if (roots.some((root) => `${target}/`.startsWith(`${root}/`))) continue
    throw new PgforkError(
      'LAYOUT_REFUSED',
      `${path} leads out of the fork, to ${target}: the source made it while it was forked. Try again.`,
      { hazard: link === 'pg_wal' ? 'H2' : 'H1', facts: { path, target } },
    )
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
