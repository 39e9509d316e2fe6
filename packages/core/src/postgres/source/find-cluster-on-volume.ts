import { join } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'

/**
 * Where on a volume of another host a data directory is. Which directory the volume is mounted at there is known there alone, so the ends of
 * the path are tried that the server names; links are followed nowhere, nor what would lead out of the volume.
 *
 * @param root the volume's, here
 * @param directory where the caller says it is; empty where he doesn't
 * @throws PgforkError `LAYOUT_REFUSED` where none, or several, hold a cluster
 */
export function findClusterOnVolume(root: string, dataDirectory: string, directory: string): string {
  const parts = dataDirectory.split('/').filter((part) => part !== '' && part !== '.')
  const ends = parts.map((_, index) => parts.slice(index).join('/'))
  const tried = directory === '' ? ['', ...ends] : [directory]
  const found = tried.filter((end) => !end.split('/').includes('..') && holdsCluster(join(root, end)))
  if (found[0] !== undefined && found.length === 1) return join(root, found[0])
  throw new PgforkError(
    'LAYOUT_REFUSED',
    found.length === 0
      ? `The volume holds no cluster ${directory === '' ? `at any end of ${dataDirectory}` : `in ${directory}`}. Say in source.directory where on it the data directory is, or name the right volume.`
      : `The volume holds clusters in ${found.map((end) => end || '/').join(' and ')}. Say in source.directory which of them is ${dataDirectory}.`,
    { hazard: 'H95', facts: { dataDirectory, found } },
  )
}

function holdsCluster(path: string): boolean {
  try {
    using directory = Directory.find(path)
    if (directory?.look('PG_VERSION')?.isFile() !== true) return false
    using global = directory.openDirectory('global')
    return global.look('pg_control') !== undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return false
    throw error
  }
}
