import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isPgforkError, listForks, type OperationOptions, openFork } from '@pgfork/core'
import { openStateDirectory, RecordStore } from '@pgfork/core/companion'
import { z } from 'zod'

const keptRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  keptAt: z.string(),
  /** The test that failed; undefined of one that was kept for another reason. */
  test: z.string().optional(),
  connectionString: z.string(),
})

/** A server that was kept, mostly because its test failed. */
export type KeptServer = z.infer<typeof keptRecord>

async function keptStore({ stateDirectory }: OperationOptions): Promise<RecordStore<KeptServer>> {
  const folder = join((await openStateDirectory(stateDirectory)).path, 'kept')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return new RecordStore(folder, keptRecord)
}

/** The newest first. */
export async function listKept(options: OperationOptions): Promise<KeptServer[]> {
  const store = await keptStore(options)
  const found = await Promise.all((await store.names()).map((name) => store.find(name).catch(() => undefined)))
  return found.filter((record) => record !== undefined).sort((one, other) => other.keptAt.localeCompare(one.keptAt))
}

/** Notes a server that is about to be kept. */
export async function noteKept(
  { name, connectionString }: Pick<KeptServer, 'name' | 'connectionString'>,
  options: OperationOptions,
): Promise<void> {
  const keptAt = new Date().toISOString()
  await (await keptStore(options)).create({ version: 1, name, connectionString, keptAt })
}

/** Notes of a kept server which test had failed, and removes older ones of failed tests above the limit. */
export async function noteFailure(name: string, test: string, limit: number, options: OperationOptions): Promise<void> {
  const store = await keptStore(options)
  const record = await store.find(name)
  if (record !== undefined) await store.replace({ ...record, test })
  const ofFailures = (await listKept(options)).filter((kept) => kept.test !== undefined)
  for (const { name: old } of ofFailures.slice(limit)) await removeKept(old, options)
}

/** Removes a server that was kept. A fork that was made since under its name is somebody else's. @returns whether there was one */
export async function removeKept(name: string, options: OperationOptions): Promise<boolean> {
  const store = await keptStore(options)
  if (!(await store.names()).includes(name)) return false
  const keptAt = Date.parse((await store.find(name))?.keptAt ?? '')
  const fork = (await listForks(options)).find((found) => found.name === name)
  const isAnother = fork !== undefined && !(fork.createdAt.getTime() <= keptAt)
  if (!isAnother)
    await openFork(name, options)
      .then((found) => found.destroy())
      .catch((error: unknown) => {
        if (!isPgforkError(error, 'FORK_NOT_FOUND')) throw error
      })
  await store.remove(name)
  return !isAnother
}
