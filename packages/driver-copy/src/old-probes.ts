import { lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'

/** Longer than anybody tries something. */
const oldMs = 10 * 60_000

/** A test may put its own in its place. */
const { now } = Date

/** What processes of this user have left that were killed while they tried something in a folder, in one whose name begins so (H133). */
export async function findOldProbes(folder: string, prefix: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.startsWith(prefix)).flatMap((name) => oldProbe(join(folder, name)))
}

/** In a folder with the sticky bit nobody else exchanges what is ours. */
function oldProbe(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isDirectory() !== true || found.uid !== process.geteuid?.()) return []
  return now() - found.mtimeMs > oldMs ? [path] : []
}
