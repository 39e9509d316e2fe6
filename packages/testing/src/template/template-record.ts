import { mkdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { RecordStore, type StateDirectory } from '@pgfork/core/companion'
import { z } from 'zod'

const templateRecord = z.looseObject({
  version: z.literal(1),
  /** Of the template and of its snapshot. */
  name: z.string(),
  /** The `name` that was asked for, which older and newer templates share. */
  family: z.string(),
  createdAt: z.string(),
  major: z.number().int(),
  role: z.string(),
  database: z.string(),
  /** Whether servers share its blocks. */
  copyOnWrite: z.boolean(),
})

export type TemplateRecord = z.infer<typeof templateRecord>

const folderOf = (state: StateDirectory): string => join(state.path, 'templates')

/** A record is written when its template is complete and flushed. The file's modification time says when it was last used. */
export async function templateStore(state: StateDirectory): Promise<RecordStore<TemplateRecord>> {
  const folder = folderOf(state)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return new RecordStore(folder, templateRecord)
}

export const templateFile = (state: StateDirectory, name: string): string => join(folderOf(state), `${name}.json`)

/** Keeps a template from being pruned for a while. */
export async function noteUse(state: StateDirectory, name: string): Promise<void> {
  const now = new Date()
  await utimes(templateFile(state, name), now, now).catch(() => {})
}
