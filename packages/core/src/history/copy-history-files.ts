import process from 'node:process'
import type { Directory } from '../files/directory.ts'
import { replaceFile } from '../files/replace-file.ts'
import { parseHistory } from '../postgres/files/timeline-history.ts'

const mostBytes = 1024 * 1024

/** The histories of the source's timelines, without which nobody could go on from one to the next. */
export function copyHistoryFiles(wal: Directory, folder: Directory): void {
  for (const name of wal.names()) {
    const [, digits] = /^([0-9A-F]{8})\.history$/.exec(name) ?? []
    if (digits === undefined) continue
    const text = wal.readText(name, mostBytes)
    if (text === undefined || parseHistory(text, Number.parseInt(digits, 16)) === undefined) continue
    replaceFile(folder, name, text, { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })
  }
}
