import { chmod, mkdtemp, realpath, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { unmount } from '../test/support/storage/unmount.ts'
import { formatBytes } from './format.ts'

/** A Unix socket's path has room for 107 bytes, and its folders take up to 60 below this one. */
const longestPath = 40

/** One folder for all that the demo makes. Disposing of it deletes it, with whatever an interruption left. */
export interface WorkFolder extends AsyncDisposable {
  readonly path: string
}

/** @throws Error when no temporary directory has the room */
export async function makeWorkFolder(neededBytes: number): Promise<WorkFolder> {
  const path = await mkdtemp(join(await findRoom(neededBytes), `pgfork-demo-${process.pid}-`))
  // The server's user has to pass through.
  await chmod(path, 0o711)
  // What the test support makes lies below it, too.
  process.env.TMPDIR = path
  return {
    path,
    async [Symbol.asyncDispose]() {
      await unmount(path)
      await rm(path, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function findRoom(neededBytes: number): Promise<string> {
  const candidates: string[] = []
  for (const candidate of [tmpdir(), '/tmp', '/var/tmp']) {
    const path = await realpath(candidate).catch(() => undefined)
    if (path === undefined || path.length > longestPath) continue
    const { bavail, bsize } = await statfs(path)
    if (bavail * bsize >= neededBytes) return path
    candidates.push(`${path}: ${formatBytes(bavail * bsize)}`)
  }
  throw new Error(
    `The demo needs ${formatBytes(neededBytes)} of room (${candidates.join(', ')}). Set TMPDIR to a folder that has it, or ask for less by --scale.`,
  )
}
