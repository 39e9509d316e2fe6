import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'

const placeholder = '1\t0/0\theld by another fork\n'

/** Name of a timeline's history file, such as `0000000A.history`. */
const historyFileName = (timeline: number): string => `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`

/**
 * At the end of archive recovery the server takes the first timeline above its own for which it finds no history file
 * (`findNewestTimeLine` in timeline.c looks at one number after another). Files for all numbers below the wanted one
 * make it take that (H14). Only their existence matters, and they are removed as soon as the server has chosen.
 */
export async function occupyTimelines(walDirectory: string, source: number, wanted: number): Promise<void> {
  for (const path of between(walDirectory, source, wanted))
    await writeFile(path, placeholder, { flag: 'wx', mode: 0o644 }).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error
    })
}

export async function vacateTimelines(walDirectory: string, source: number, wanted: number): Promise<void> {
  for (const path of between(walDirectory, source, wanted))
    if ((await readFile(path, 'utf8').catch(() => '')) === placeholder) await rm(path)
}

const between = (walDirectory: string, source: number, wanted: number): string[] =>
  Array.from({ length: Math.max(0, wanted - source - 1) }, (_, index) =>
    join(walDirectory, historyFileName(source + 1 + index)),
  )
