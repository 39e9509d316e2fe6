import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type ForkSummary, isPgforkError, listForks, type OperationOptions, openFork } from '@pgfork/core'
import { openStateDirectory, RecordStore } from '@pgfork/core/companion'
import { z } from 'zod'
import { machineTime } from '../clock.ts'

const keptRecord = z.looseObject({
  version: z.literal(1),
  name: z.string(),
  keptAt: z.string(),
  /** When the fork was made, by its own record. */
  madeAt: z.string().optional(),
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

/** The newest first. What is gone is forgotten: what was removed by other means, or never kept since its process was killed. */
export async function listKept(options: OperationOptions): Promise<KeptServer[]> {
  const store = await keptStore(options)
  const forks = await listForks(options)
  const found = await Promise.all((await store.names()).map((name) => store.find(name).catch(() => undefined)))
  const [kept, gone]: [KeptServer[], KeptServer[]] = [[], []]
  for (const record of found.filter((record) => record !== undefined)) {
    const fork = forks.find((fork) => isOf(record, fork))
    if (fork === undefined) gone.push(record)
    else if (fork.lifetime === 'persistent') kept.push(record)
  }
  for (const { name } of gone) await removeKept(name, options).catch(() => false)
  return kept.sort((one, other) => other.keptAt.localeCompare(one.keptAt))
}

/** A fork that was made since under its name is somebody else's. */
function isOf({ name, madeAt, keptAt }: KeptServer, fork: ForkSummary): boolean {
  if (fork.name !== name) return false
  return madeAt === undefined ? fork.createdAt.getTime() <= Date.parse(keptAt) : fork.createdAt.toISOString() === madeAt
}

/** Notes a server that is about to be kept. */
export async function noteKept(
  { name, connectionString }: Pick<KeptServer, 'name' | 'connectionString'>,
  test: string | undefined,
  options: OperationOptions,
): Promise<void> {
  const fork = (await listForks(options)).find((found) => found.name === name)
  await (await keptStore(options)).create({
    version: 1,
    name,
    connectionString,
    keptAt: new Date(machineTime()).toISOString(),
    ...(fork === undefined ? {} : { madeAt: fork.createdAt.toISOString() }),
    ...(test === undefined ? {} : { test }),
  })
}

/** Removes the servers of failed tests above the limit, the oldest first. */
export async function limitFailures(limit: number, options: OperationOptions): Promise<void> {
  const ofFailures = (await listKept(options)).filter((kept) => kept.test !== undefined)
  for (const { name } of ofFailures.slice(limit)) await removeKept(name, options)
}

/** Removes a server that was kept. @returns whether there was one */
export async function removeKept(name: string, options: OperationOptions): Promise<boolean> {
  const store = await keptStore(options)
  if (!(await store.names()).includes(name)) return false
  const record = await store.find(name)
  const fork = (await listForks(options)).find((found) => found.name === name)
  const isAnother = fork !== undefined && !(record !== undefined && isOf(record, fork))
  if (!isAnother)
    await openFork(name, options)
      .then((found) => found.destroy())
      .catch((error: unknown) => {
        if (!isPgforkError(error, 'FORK_NOT_FOUND')) throw error
      })
  await store.remove(name)
  return !isAnother
}
