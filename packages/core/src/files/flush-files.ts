import { type FileHandle, open } from 'node:fs/promises'
import type { Directory } from './directory.ts'

/** Flushes files of a directory, and their names: a power cut leaves a file that replaced another one, and wasn't flushed, empty (H140). */
export async function flushFiles(directory: Directory, names: readonly string[]): Promise<void> {
  for (const name of names) await flush(await directory.openHandle(name))
  await flush(await open(directory.held))
}

async function flush(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
