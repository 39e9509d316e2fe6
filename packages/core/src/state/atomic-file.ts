import { randomBytes } from 'node:crypto'
import { linkSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * `flushed`: survives a power cut. `whole`: a power cut leaves this file or the one that it replaces. `cached`: survives the end of every
 * process, but not that of the machine.
 */
export type FileDurability = 'flushed' | 'whole' | 'cached'

/**
 * Writes a whole file or nothing: temporary file in the same folder, fsync, rename, fsync of the folder.
 *
 * What the kernel does in microseconds is called synchronously: the way through Node's threads and back takes longer. Only
 * flushing can take long.
 */
export async function writeFileAtomically(path: string, content: string, durability: FileDurability): Promise<void> {
  const temporary = await writeTemporary(path, content, durability)
  try {
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  if (durability === 'flushed') await sync(dirname(path))
}

/** The same for a file that must not exist yet; throws `EEXIST`. The name appears with its whole content. */
export async function createFileAtomically(path: string, content: string, durability: FileDurability): Promise<void> {
  const temporary = await writeTemporary(path, content, durability)
  try {
    linkSync(temporary, path)
  } finally {
    unlinkSync(temporary)
  }
  try {
    if (durability === 'flushed') await sync(dirname(path))
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

/** Flushes a file that was written as `cached`, with its name. */
export async function flushFile(path: string): Promise<void> {
  await sync(path)
  await sync(dirname(path))
}

/** Whether a file of this name is one that was being written. */
export const isTemporary = (name: string): boolean => /^\..*\.[0-9a-f]{12}\.tmp$/.test(name)

async function writeTemporary(path: string, content: string, durability: FileDurability): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o600 })
    if (durability !== 'cached') await sync(temporary)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  return temporary
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
