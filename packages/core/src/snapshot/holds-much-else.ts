import { Directory } from '../files/directory.ts'
import { walkTree } from '../files/walk-tree.ts'

/** What is looked at, and how much of it is much. */
const most = { entries: 5_000, bytes: 1024 ** 3 }

/**
 * Whether a volume holds many files, or large ones, that are none of a cluster's: a snapshot keeps all of them. It looks no further than it takes
 * to know.
 *
 * @param own directories of the cluster, and what of pgfork's lies in the volume, relative to its root
 */
export async function holdsMuchElse(
  root: string,
  own: readonly string[],
  limits: typeof most = most,
): Promise<boolean> {
  using volume = Directory.open(root)
  let [entries, bytes] = [0, 0]
  for await (const { path, directory, entries: found } of walkTree(volume, (below) => !own.includes(below)))
    for (const entry of found) {
      if (own.includes(path === '' ? entry.name : `${path}/${entry.name}`)) continue
      if (!entry.isDirectory()) bytes += directory.look(entry.name)?.size ?? 0
      if (++entries > limits.entries || bytes > limits.bytes) return true
    }
  return false
}
