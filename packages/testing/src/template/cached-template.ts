import { type ClusterSnapshot, isPgforkError, type OperationOptions, openSnapshot } from '@pgfork/core'
import { hasFiles, type StateDirectory } from '@pgfork/core/companion'
import { machineTime } from '../clock.ts'
import { removeTemplate } from './prune-templates.ts'
import { noteUse, type TemplateRecord, templateStore } from './template-record.ts'

export interface CachedTemplate {
  readonly record: TemplateRecord
  readonly snapshot: ClusterSnapshot
}

/** A finished template of this name. Removes the rest of one that is no longer complete. Called under its lock. */
export async function useTemplate(
  state: StateDirectory,
  name: string,
  options: OperationOptions,
): Promise<CachedTemplate | undefined> {
  const record = await (await templateStore(state)).find(name)
  const snapshot = await openSnapshot(name, options).catch((error: unknown) => {
    if (isPgforkError(error, 'SNAPSHOT_NOT_FOUND')) return undefined
    throw error
  })
  // A cache may be emptied by anybody who is short of space.
  if (record !== undefined && snapshot !== undefined && (await hasFiles(snapshot, options))) {
    await noteUse(state, name)
    return { record, snapshot }
  }
  if (record !== undefined || snapshot !== undefined) await removeTemplate(state, name, options)
  return undefined
}

export interface KeepTemplateRequest extends Pick<TemplateRecord, 'name' | 'family' | 'role' | 'database'> {
  readonly snapshot: ClusterSnapshot
}

/** Notes that a template is complete. Its server flushed nothing; its snapshot is flushed (H140). */
export async function keepTemplate(
  state: StateDirectory,
  { snapshot, ...named }: KeepTemplateRequest,
): Promise<CachedTemplate> {
  const { copyOnWrite, major } = snapshot
  if (major === undefined) throw new Error('a snapshot was rebuilt while it was made')
  const record: TemplateRecord = {
    version: 1,
    ...named,
    createdAt: new Date(machineTime()).toISOString(),
    major,
    copyOnWrite,
  }
  await (await templateStore(state)).create(record)
  return { record, snapshot }
}
