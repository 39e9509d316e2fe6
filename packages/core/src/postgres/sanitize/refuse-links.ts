import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PgforkError } from '../../errors/pgfork-error.ts'

/** What the server keeps below its data directory besides `pg_wal` and `pg_tblspc`, where links are known and made anew. */
const directories = [
  'base',
  'global',
  'pg_commit_ts',
  'pg_dynshmem',
  'pg_logical',
  'pg_multixact',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_twophase',
  'pg_xact',
]

/** Of these, what lies one level deeper, too. */
const looked = ['base', 'global', 'pg_logical', 'pg_multixact', 'pg_replslot']

/**
 * Somebody who was short of space may have moved a directory of the server and put a symbolic link in its place. PostgreSQL
 * doesn't mind; but a fork would write to where the link leads, into the source's own files, and its replication slots would
 * be removed there (H1, H23).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function refuseLinks(dataDirectory: string): void {
  const below = looked.flatMap((name) => readNames(join(dataDirectory, name)).map((entry) => join(name, entry)))
  for (const name of [...directories, ...below]) {
    const path = join(dataDirectory, name)
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue
    throw new PgforkError(
      'LAYOUT_REFUSED',
      `${name} is a symbolic link in the source, so that its fork would write to the source's own files. Move it back into the data ` +
        'directory, or use a tablespace.',
      { hazard: 'H1', facts: { link: name } },
    )
  }
}

/** A link is not followed: it is refused itself. */
function readNames(directory: string): string[] {
  return lstatSync(directory, { throwIfNoEntry: false })?.isDirectory() === true ? readdirSync(directory) : []
}
