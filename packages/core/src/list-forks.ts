import { forkStore } from './fork/fork-record.ts'
import { openSession, type SessionOptions } from './lifecycle/session.ts'
import { findServer } from './source/find-server.ts'

/** What `listForks` tells of a fork. */
export interface ForkSummary {
  readonly name: string
  /** Of its volumes, the data directory's first. */
  readonly drivers: readonly string[]
  /** `creating` and `removing` of a process that has died are garbage. */
  readonly status: 'creating' | 'ready' | 'removing'
  readonly isRunning: boolean
  readonly createdAt: Date
  readonly lifetime: 'process' | 'persistent'
  readonly port: number | undefined
  readonly dataDirectory: string | undefined
  readonly timeline: number
  readonly systemIdentifier: string
}

/** All forks of this state directory, oldest first. @throws PgforkError `STATE_UNUSABLE` */
export async function listForks(options: SessionOptions = {}): Promise<ForkSummary[]> {
  const session = await openSession(options)
  const store = forkStore(session.state)
  const records = await Promise.all((await store.names()).map((name) => store.find(name)))
  const summaries = records
    .filter((record) => record !== undefined)
    .map(async ({ name, clones, status, createdAt, lifetime, place, timeline, sourceTimeline, systemIdentifier }) => ({
      name,
      drivers: [...new Set(clones.map(({ driver }) => driver))],
      status,
      isRunning: place !== undefined && (await isRunning(place.dataDirectory, session.runner)),
      createdAt: new Date(createdAt),
      lifetime,
      port: place?.port,
      dataDirectory: place?.dataDirectory,
      timeline: timeline ?? sourceTimeline,
      systemIdentifier,
    }))
  return (await Promise.all(summaries)).sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime())
}

async function isRunning(dataDirectory: string, runner: Parameters<typeof findServer>[1]): Promise<boolean> {
  return (await findServer(dataDirectory, runner).catch(() => undefined)) !== undefined
}
