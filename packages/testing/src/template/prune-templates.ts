import { stat } from 'node:fs/promises'
import { isPgforkError, type OperationOptions, openSnapshot } from '@pgfork/core'
import { checkOptions, openStateDirectory, type StateDirectory } from '@pgfork/core/companion'
import { machineTime } from '../clock.ts'
import { pruneShape } from '../options.ts'
import { lockTemplate, tryLockTemplate } from './lock-template.ts'
import type { PruneTemplatesOptions } from './prune-options.ts'
import { forgetMaking, namesInMaking, type TemplateRecord, templateFile, templateStore } from './template-record.ts'

const hourMs = 3_600_000
/** A process that uses a template notes so every few minutes. */
const inUseMs = hourMs
const forgottenMs = 7 * 24 * hourMs
const keptVersions = 3

/**
 * Removes old templates: those not used for seven days and, of each name, all but the last three used. A template that was
 * used within the last hour always stays. Of those that a killed process was making, nothing does.
 *
 * @returns the names of those removed
 */
export async function pruneTemplates(options: PruneTemplatesOptions = {}): Promise<string[]> {
  checkOptions('pruneTemplates', options, pruneShape)
  const { all = false, ...session } = options
  const state = await openStateDirectory(options.stateDirectory)
  const versions = new Map<string, number>()
  const removed: string[] = []
  await removeUnfinished(state, session)
  for (const { record, unusedMs } of await templatesByUse(state)) {
    const newer = versions.get(record.family) ?? 0
    versions.set(record.family, newer + 1)
    const isForgotten = unusedMs > forgottenMs || (newer >= keptVersions && unusedMs > inUseMs)
    const isRemoved = (all || isForgotten) && (await removeUnused(state, record.name, all, session))
    if (isRemoved) removed.push(record.name)
  }
  return removed
}

async function removeUnfinished(state: StateDirectory, options: OperationOptions): Promise<void> {
  const isMade = async (name: string): Promise<boolean> => (await templateStore(state)).exists(name)
  for (const name of await namesInMaking(state))
    await tryLockTemplate(name, options, async () => {
      if (!(await namesInMaking(state)).includes(name)) return
      if (!(await isMade(name))) await removeTemplate(state, name, options)
      await forgetMaking(state, name)
      // Its driver isn't here: next time.
    }).catch(() => false)
}

/** Removes a template whatever its age. @throws PgforkError `BUSY` while the storage needs it for a server */
export async function removeTemplate(state: StateDirectory, name: string, options: OperationOptions): Promise<void> {
  try {
    await (await openSnapshot(name, options)).destroy()
  } catch (error) {
    if (!isPgforkError(error, 'SNAPSHOT_NOT_FOUND')) throw error
  }
  await (await templateStore(state)).remove(name)
}

async function removeUnused(
  state: StateDirectory,
  name: string,
  all: boolean,
  options: OperationOptions,
): Promise<boolean> {
  return lockTemplate(name, options, async () => {
    // It may be in use by now.
    if (!all && ((await unusedMsOf(state, name)) ?? 0) < inUseMs) return false
    return removeTemplate(state, name, options).then(
      () => true,
      // Its driver isn't here, or a server needs it: next time.
      () => false,
    )
  })
}

/** The most recently used first. */
async function templatesByUse(state: StateDirectory): Promise<{ record: TemplateRecord; unusedMs: number }[]> {
  const store = await templateStore(state)
  const found = await Promise.all(
    (await store.names()).map(async (name) => {
      const record = await store.find(name).catch(() => undefined)
      const unusedMs = await unusedMsOf(state, name)
      return record === undefined || unusedMs === undefined ? [] : [{ record, unusedMs }]
    }),
  )
  return found.flat().sort((one, other) => one.unusedMs - other.unusedMs)
}

async function unusedMsOf(state: StateDirectory, name: string): Promise<number | undefined> {
  const file = await stat(templateFile(state, name)).catch(() => undefined)
  return file === undefined ? undefined : machineTime() - file.mtimeMs
}
