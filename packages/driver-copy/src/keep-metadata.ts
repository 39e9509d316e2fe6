import type { Stats } from 'node:fs'
import { chmod, type FileHandle, lchown, lstat, stat } from 'node:fs/promises'
import process from 'node:process'
import { isSystemError } from '@pgfork/core/driver'

/** Owner before mode: changing the owner can take bits of the mode away. */
export async function keepMetadata(source: string, target: string): Promise<void> {
  await keepMetadataOf(await stat(source), target)
}

export async function keepMetadataOf(stats: Stats, target: string): Promise<void> {
  await keepOwner(stats, () => lchown(target, stats.uid, stats.gid))
  await chmod(target, stats.mode & 0o7777)
}

export async function keepMetadataOfFile(stats: Stats, target: FileHandle): Promise<void> {
  await keepOwner(stats, () => target.chown(stats.uid, stats.gid))
  await target.chmod(stats.mode & 0o7777)
}

export async function keepOwnerOfLink(source: string, target: string): Promise<void> {
  const stats = await lstat(source)
  await keepOwner(stats, () => lchown(target, stats.uid, stats.gid))
}

/** Only root may give files away; an ordinary user's copies are his own. */
async function keepOwner({ uid, gid }: Stats, change: () => Promise<void>): Promise<void> {
  if (uid === process.geteuid?.() && gid === process.getegid?.()) return
  try {
    await change()
  } catch (error) {
    if (process.geteuid?.() === 0 || !isSystemError(error, 'EPERM')) throw error
  }
}
