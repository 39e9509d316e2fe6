import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What the files in these folders take on a disk, in bytes. What goes meanwhile, or can't be read, isn't counted; links aren't followed. */
export async function measureFiles(folders: readonly string[], signal: AbortSignal): Promise<number> {
  let sum = 0
  for (const folder of folders)
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
      signal.throwIfAborted()
      if (!entry.isFile()) continue
      const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined)
      sum += (found?.blocks ?? 0) * 512
    }
  return sum
}
