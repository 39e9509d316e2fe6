import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RecordStore, type StateDirectory } from '@pgfork/core/companion'
import { z } from 'zod'
import { machineTime } from '../clock.ts'

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

const makingSuffix = '.making'

const makingFile = (state: StateDirectory, name: string): string => join(folderOf(state), `${name}${makingSuffix}`)

/** Notes a template that is about to be made: until it has a record, its snapshot has none that says what it is (H133). */
export async function noteMaking(state: StateDirectory, name: string): Promise<void> {
  await templateStore(state)
  await writeFile(makingFile(state, name), '', { mode: 0o600 })
}

export const forgetMaking = (state: StateDirectory, name: string): Promise<void> =>
  rm(makingFile(state, name), { force: true })

/** Names of templates that somebody is making, or was when he was killed. */
export async function namesInMaking(state: StateDirectory): Promise<string[]> {
  await templateStore(state)
  const names = await readdir(folderOf(state))
  return names.filter((name) => name.endsWith(makingSuffix)).map((name) => name.slice(0, -makingSuffix.length))
}

/** Keeps a template from being pruned for a while. */
export async function noteUse(state: StateDirectory, name: string): Promise<void> {
  const seconds = machineTime() / 1000
  await utimes(templateFile(state, name), seconds, seconds).catch(() => {})
}
