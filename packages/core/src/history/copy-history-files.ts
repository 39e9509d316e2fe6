import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Directory } from '../files/directory.ts'
import { contradictionOf, isOfNothing } from '../postgres/files/timeline-history.ts'
import { readHistoryFiles } from '../postgres/moment/choose-history.ts'
import { temporarySuffix } from './history-folder.ts'
import { diverged } from './refuse-diverged.ts'

/**
 * Copies the histories of the source's timelines, without which nobody could go on from one to the next. What is kept stays: a server writes each
 * of them once.
 *
 * @param admit throws where there is no room for so much
 * @returns how many were copied
 * @throws PgforkError `HISTORY_DIVERGED` where a timeline of the same number began elsewhere (H108), `PERMISSION_DENIED` for more than any server
 * writes (H100)
 */
export async function copyHistoryFiles(
  wal: Directory,
  folder: Directory,
  admit: (bytes: number) => Promise<void>,
): Promise<number> {
  const theirs = readHistoryFiles(wal).filter(({ history }) => !isOfNothing(history))
  const ours = readHistoryFiles(folder).filter(({ history }) => !isOfNothing(history))
  const known = new Map(ours.map(({ timeline, history }) => [timeline, history]))
  const contradiction = contradictionOf(new Map(theirs.map(({ timeline, history }) => [timeline, history])), known)
  if (contradiction !== undefined)
    throw diverged(
      known.get(contradiction)?.at(-1)?.begin ?? 0,
      `it is on another timeline ${contradiction}, which did not begin there`,
    )
  const wanted = theirs.filter(({ timeline }) => !known.has(timeline))
  await admit(wanted.reduce((bytes, { text }) => bytes + Buffer.byteLength(text), 0))
  for (const { name, text } of wanted) {
    const temporary = join(folder.path, `${name}${temporarySuffix}`)
    await writeFile(temporary, text, { flag: 'wx', mode: 0o600, flush: true })
    await rename(temporary, join(folder.path, name))
  }
  return wanted.length
}
