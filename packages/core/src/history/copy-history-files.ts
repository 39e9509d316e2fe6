import process from 'node:process'
import type { Directory } from '../files/directory.ts'
import { replaceFile } from '../files/replace-file.ts'
import { mostHistoryBytes, parseHistory } from '../postgres/files/timeline-history.ts'

/**
 * The histories of the source's timelines, without which nobody could go on from one to the next.
 *
 * @param admit throws where there is no room for so much: as many as its owner likes may be there
 */
export async function copyHistoryFiles(
  wal: Directory,
  folder: Directory,
  admit: (bytes: number) => Promise<void>,
): Promise<void> {
  const names = wal.names().filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
  await admit(names.length * mostHistoryBytes)
  for (const name of names) {
    const text = wal.readText(name, mostHistoryBytes)
    if (text === undefined || parseHistory(text, Number.parseInt(name, 16)) === undefined) continue
    replaceFile(folder, name, text, { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })
  }
}
