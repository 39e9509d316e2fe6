import { lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fromSystemError, isSystemError, PgforkError, throwIfAborted } from '@pgfork/core/driver'
import type { Copy } from './copy.ts'
import { copyFileOf } from './copy-file.ts'
import { eachLimited } from './each-limited.ts'
import { keepMetadata, keepOwnerOfLink } from './keep-metadata.ts'
import type { ProgressMeter } from './progress-meter.ts'

/** Node's thread pool has 4 threads; more tasks keep it from idling between the calls of one. */
const filesAtOnce = 16

/** What is in a directory, with paths relative to it. */
export interface TreePlan extends Copy {
  /** Parents before their children, beginning with the directory itself. */
  readonly directories: readonly string[]
  readonly files: readonly string[]
  readonly links: readonly string[]
  readonly totalBytes: number
}

/** Finds what is to be copied. Sockets, pipes and devices are left out: only the source's processes can use them. */
export async function planTree(copy: Copy, signal: AbortSignal | undefined): Promise<TreePlan> {
  const directories: string[] = ['']
  const files: string[] = []
  const links: string[] = []
  // Grows while it is walked.
  for (const directory of directories) {
    throwIfAborted(signal, 'The copy was aborted.')
    if (copy.omit.includes(directory)) continue
    for (const entry of await readEntries(copy, directory)) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) directories.push(path)
      else if (entry.isFile()) files.push(path)
      else if (entry.isSymbolicLink()) links.push(path)
    }
  }
  let totalBytes = 0
  await eachLimited(files, filesAtOnce, async (path) => {
    const stats = await orVanished(copy, path, () => lstat(join(copy.source, path)))
    totalBytes += stats?.size ?? 0
  })
  return { ...copy, directories, files, links, totalBytes }
}

async function readEntries(copy: Copy, directory: string) {
  const read = () => readdir(join(copy.source, directory), { withFileTypes: true })
  // The directory itself must be there.
  return (await orVanished(directory === '' ? { ...copy, isLive: false } : copy, directory, read)) ?? []
}

/** Copies byte by byte, or by sharing blocks where the system has no command for that. */
export async function copyTree(plan: TreePlan, meter: ProgressMeter, signal: AbortSignal | undefined): Promise<void> {
  const { source, target, directories, files, links } = plan
  try {
    for (const path of directories) await mkdir(join(target, path), { mode: 0o700 })
    await eachLimited(files, filesAtOnce, async (path) => {
      const onBytes = (bytes: number): void => meter.add(bytes)
      await orVanished(plan, path, () =>
        copyFileOf({
          source: join(source, path),
          target: join(target, path),
          sharesBlocks: plan.sharesBlocks,
          onBytes,
          signal,
        }),
      )
    })
    for (const path of links)
      await orVanished(plan, path, async () => {
        await symlink(await readlink(join(source, path)), join(target, path))
        await keepOwnerOfLink(join(source, path), join(target, path))
      })
    // Last and from the bottom up: a directory without the right to write couldn't be filled.
    for (const path of directories.toReversed())
      await orVanished(plan, path, () => keepMetadata(join(source, path), join(target, path)))
  } catch (error) {
    throw fromSystemError(error, 'COMMAND_FAILED', `${source} can't be copied to ${target}`)
  }
}

/** Undefined for what has vanished from a live source: PostgreSQL drops and renames files while it runs. */
async function orVanished<T>(copy: Copy, path: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!isSystemError(error, 'ENOENT'))
      throw fromSystemError(error, 'COMMAND_FAILED', `${join(copy.source, path)} can't be copied`)
    if (copy.isLive) return undefined
    throw new PgforkError(
      'COPY_MISSING',
      `${join(copy.source, path)} vanished while it was copied. Another tool may have removed it.`,
      { hazard: 'H57', cause: error, facts: { path: join(copy.source, path) } },
    )
  }
}
