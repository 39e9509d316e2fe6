import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isPgforkError, type OperationOptions, openFork } from '@pgfork/core'
import { openStateDirectory, RecordStore } from '@pgfork/core/companion'
import { z } from 'zod'

const keptRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  keptAt: z.string(),
  /** The test that failed. */
  test: z.string(),
  connectionString: z.string(),
})

/** A server that was kept because its test failed. */
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

/** Notes a server that was kept, and removes older ones above the limit. */
export async function noteKept(
  server: Pick<KeptServer, 'name' | 'test' | 'connectionString'>,
  limit: number,
  options: OperationOptions,
): Promise<void> {
  const { name, test, connectionString } = server
  const keptAt = new Date().toISOString()
  await (await keptStore(options)).create({ version: 1, name, test, connectionString, keptAt })
  for (const { name: old } of (await listKept(options)).slice(limit)) await removeKept(old, options)
}

/** Removes a kept server, or any other persistent fork. @returns whether there was one */
export async function removeKept(name: string, options: OperationOptions): Promise<boolean> {
  const store = await keptStore(options)
  let isFound = (await store.names()).includes(name)
  try {
    await (await openFork(name, options)).destroy()
    isFound = true
  } catch (error) {
    if (!isPgforkError(error, 'FORK_NOT_FOUND')) throw error
  }
  await store.remove(name)
  return isFound
}
