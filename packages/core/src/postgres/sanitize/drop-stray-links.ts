import type { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { configurationFile } from '../files/paths.ts'

/**
 * Removes links that people put into the data directory for other than the server's own files, such as `log` or `server.crt`: a
 * fork has these at places of its own, and must not come across the source's (H5).
 *
 * @returns their names, without the one that is written anew before the start
 */
export function dropStrayLinks(dataDirectory: Directory): string[] {
  const links = dataDirectory.entries().filter((entry) => entry.isSymbolicLink())
  const strays = links.map(({ name }) => name).filter((name) => name !== 'pg_wal' && name !== configurationFile)
  for (const name of strays) removeTree(dataDirectory, name)
  return strays
}
