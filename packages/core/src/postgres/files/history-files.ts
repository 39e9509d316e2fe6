import type { UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { createFile } from '../../files/create-file.ts'
import type { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'

/** More than any server was promoted, and any number of forks that it has at a time. */
const mostTimelines = 10_000

const placeholder = '1\t0/0\theld by another fork\n'

/** Name of a timeline's history file, such as `0000000A.history`. */
export const historyFileName = (timeline: number): string =>
  `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`

export interface Timelines {
  readonly dataDirectory: Directory
  /** That which recovery follows. */
  readonly recovered: number
  readonly wanted: number
}

/**
 * At the end of archive recovery the server takes the first timeline above its own for which it finds no history file
 * (`findNewestTimeLine` in timeline.c looks at one number after another). Files for all numbers below the wanted one
 * make it take that (H14). Only their existence matters, and they are removed as soon as the server has chosen.
 *
 * @throws PgforkError `LAYOUT_REFUSED` where there would be too many: an empty file `FFFFFF00.history` is enough for that
 */
export function occupyTimelines(timelines: Timelines, owner: UserIdentity): void {
  refuseFarTimeline(timelines)
  using wal = timelines.dataDirectory.openLinked('pg_wal')
  for (const name of between(timelines)) {
    try {
      createFile(wal, name, placeholder, owner)
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error
    }
  }
}

function refuseFarTimeline({ dataDirectory, recovered, wanted }: Timelines): void {
  if (wanted - recovered <= mostTimelines) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `The source is on timeline ${recovered}, and its pg_wal has the history of a timeline far above, just below ${wanted}: ` +
      `${historyFileName(wanted - 1)} or one before. Remove that file if it is not the server's own, or use timeline: 'keep'.`,
    { hazard: 'H14', facts: { dataDirectory: dataDirectory.path, recovered, wanted } },
  )
}

/** Removes those files, wherever they began, and no other. */
export function vacateTimelines(dataDirectory: Directory): void {
  using wal = dataDirectory.openLinked('pg_wal')
  for (const name of wal.names()) if (name.endsWith('.history') && isPlaceholder(wal, name)) removeTree(wal, name)
}

/** What can't be read isn't ours. */
function isPlaceholder(wal: Directory, name: string): boolean {
  try {
    return wal.readText(name) === placeholder
  } catch {
    return false
  }
}

const between = ({ recovered, wanted }: Timelines): string[] =>
  Array.from({ length: Math.max(0, wanted - recovered - 1) }, (_, index) => historyFileName(recovered + 1 + index))
