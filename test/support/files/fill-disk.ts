import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execaSync } from 'execa'

const smallestChunk = 4096

/** Takes all the space that is left, at once: a listener can't wait. The returned function gives it back. */
export function fillDisk(folder: string): () => void {
  const path = join(folder, 'filler')
  closeSync(openSync(path, 'w', 0o600))
  let taken = 0
  for (let chunk = 256 * 1024 * 1024; chunk >= smallestChunk; )
    if (allocate(path, taken, chunk)) taken += chunk
    else chunk /= 4
  return () => rmSync(path, { force: true })
}

function allocate(path: string, offset: number, length: number): boolean {
  const { exitCode, stderr } = execaSync('fallocate', ['--offset', String(offset), '--length', String(length), path], {
    reject: false,
  })
  if (exitCode !== 0 && !stderr.includes('No space left')) throw new Error(stderr)
  return exitCode === 0
}
