import { closeSync, constants, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { isSystemError } from '../../errors/from-system-error.ts'
import { volume } from '../driver/schemas.ts'
import type { Volume } from '../driver/snapshot-driver.ts'
import { type Entry, markPath } from './entry.ts'

const schema = z.looseObject({
  version: z.literal(1),
  driver: z.string(),
  kind: z.enum(['snapshot', 'clone']),
  name: z.string(),
  volume,
  createdAt: z.string(),
  notes: z.record(z.string(), z.string()),
})

/** What an entry's mark says. */
export interface Mark {
  readonly volume: Volume
  readonly createdAt: string
  /** What the driver noted when it made the entry. */
  readonly notes: Readonly<Record<string, string>>
}

/** `EEXIST` when there is one. */
export async function writeMark(entry: Entry, notes: Mark['notes']): Promise<void> {
  const { driver, kind, name, volume } = entry
  const mark: z.input<typeof schema> = {
    version: 1,
    driver,
    kind,
    name,
    volume: { ...volume, attributes: { ...volume.attributes } },
    createdAt: new Date().toISOString(),
    notes,
  }
  // Synchronously, as below: it is over before a thread would have begun.
  writeFileSync(markPath(entry), `${JSON.stringify(mark, undefined, 2)}\n`, { flag: 'wx', mode: 0o600 })
}

/**
 * The mark of an entry; `foreign` when what is there was not made by this driver under this name, undefined when there is
 * no mark. An empty one is ours: a power cut can take the content of a file that nobody flushed, and flushing it would
 * make every fork wait for the disk.
 */
export async function readMark(entry: Omit<Entry, 'volume'>, volume: Volume): Promise<Mark | 'foreign' | undefined> {
  const text = readMarkFile(markPath(entry))
  if (text === undefined || text === 'foreign') return text
  if (text.replaceAll('\0', '') === '') return { volume, createdAt: '', notes: {} }
  const parsed = schema.safeParse(parseJson(text))
  if (!parsed.success) return 'foreign'
  const { driver, kind, name, ...mark } = parsed.data
  return driver === entry.driver && kind === entry.kind && name === entry.name ? mark : 'foreign'
}

function readMarkFile(path: string): string | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      return fstatSync(file).isFile() ? readFileSync(file, 'utf8') : 'foreign'
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    if (isSystemError(error, 'ELOOP') || isSystemError(error, 'ENOTDIR')) return 'foreign'
    throw error
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
