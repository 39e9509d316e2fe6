import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import type { StepTiming } from '../operation/step-sequence.ts'
import { checkOptions } from '../options/check-options.ts'
import { callable, type OptionShape } from '../options/checks.ts'
import { logFileOf } from '../postgres/files/paths.ts'
import type { Elsewhere } from '../postgres/source/source-options.ts'
import { sessionShape } from '../postgres/sql/caller-sessions.ts'
import { type ForkRecord, forkStore, type StartableFork } from '../records/fork-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { type AfterStart, plainAfterStart } from './after-start.ts'
import { openArchive, readArchives, walArchives } from './archives.ts'
import { connectionOf, connectionStringOf, tcpConnectionStringOf } from './connection.ts'
import type { Fork, ResetOptions } from './fork.ts'
import { type ConnectOptions, ForkClients } from './fork-clients.ts'
import { momentOf } from './moment-of.ts'
import { readActivity } from './read-activity.ts'
import { destroyFork } from './remove-fork.ts'
import { resetFork } from './reset-fork.ts'
import { persistFork, startFork, stopFork } from './start-fork.ts'
import type { Verification } from './verify/verification.ts'

export interface ForkHandleRequest {
  readonly record: StartableFork
  /** For the operations of the handle: state directory, driver, runner, timeouts. */
  readonly options: OperationOptions
  readonly pid: number | undefined
  readonly steps?: readonly StepTiming[]
  readonly verification?: Verification | undefined
  /** Default: what a process that didn't make the fork can know of it. */
  readonly afterStart?: AfterStart
  /** Commands of archives, for a reset. They are in no record, since they may hold secrets. Default: none. */
  readonly restoreCommands?: readonly string[]
}

const resetShape: OptionShape<ResetOptions> = { prepare: callable, wal: walArchives }

/** Where the servers of forks run that are no processes of this machine: for forks of them, which run there as well. */
const placesOfForks = new WeakMap<Fork, Pick<Elsewhere, 'place' | 'binDirectory' | 'owner'>>()

export const placeOfFork = (fork: Fork): Pick<Elsewhere, 'place' | 'binDirectory' | 'owner'> | undefined =>
  placesOfForks.get(fork)

/** The object through which a caller holds a fork. Everything it does goes by the fork's record, under the lock of its name. */
export function forkHandle(request: ForkHandleRequest): Fork {
  const { record, afterStart = plainAfterStart, restoreCommands = [] } = request
  // The signal was for making the fork; stopping and destroying must work after it has fired.
  const { signal: _signal, onProgress: _onProgress, ...options } = request.options
  let { pid, steps = [], verification } = request
  const { name, server, owner } = record
  const connection = connectionOf(record)
  const clients = new ForkClients(owner)

  const startable = (current: ForkRecord): StartableFork => ({ ...current, server: current.server ?? server })
  const ready = async ({ state }: Operation): Promise<StartableFork> =>
    startable(await forkStore(state).requireReady(record))
  const change = async <T>(action: (operation: Operation) => Promise<T>): Promise<T> => {
    const operation = await startOperation(options)
    return withNameLock(operation, name, () => action(operation))
  }
  const setProtection = (isProtected: boolean): Promise<void> =>
    change(async ({ state }) => {
      const store = forkStore(state)
      await store.change({ ...(await store.requireSame(record)), isProtected })
    })

  const place = server.place && { place: server.place, binDirectory: record.binDirectory, owner }
  const fork: Fork = {
    kind: 'fork',
    name,
    dataDirectory: server.dataDirectory,
    logFile: logFileOf(server.dataDirectory),
    host: '127.0.0.1',
    port: server.port,
    socketDirectory: server.socketDirectory,
    connection,
    connectionString: connectionStringOf(connection),
    tcpConnectionString: tcpConnectionStringOf(connection),
    get pid() {
      return pid
    },
    timeline: record.timeline ?? record.sourceTimeline,
    sourceTimeline: record.sourceTimeline,
    systemIdentifier: record.systemIdentifier,
    moment: record.moment && momentOf(record.moment),
    get steps() {
      return steps
    },
    get verification() {
      return verification
    },
    async connect(given: ConnectOptions = {}) {
      checkOptions('connect', given, sessionShape)
      return clients.connect(connection, given)
    },
    stop: () =>
      change(async (operation) => {
        await clients.end()
        await stopFork(operation, record)
        pid = undefined
      }),
    start: () =>
      change(async (operation) => {
        pid = (await startFork(operation, await ready(operation))).pid
      }),
    async reset(given: ResetOptions = {}) {
      checkOptions('reset', given, resetShape)
      const { prepare = afterStart.prepare } = given
      const connects = afterStart.connects || prepare !== undefined
      return change(async (operation) => {
        const current = await forkStore(operation.state).requireSame(record)
        await clients.end()
        const { folders, commands = restoreCommands } = readArchives(given.wal)
        await using archive = openArchive(operation, commands)
        try {
          const again = { ...afterStart, prepare, connects }
          const built = await resetFork(operation, {
            fork: startable(current),
            afterStart: again,
            wal: folders,
            archive,
          })
          pid = built.server.pid
          steps = operation.steps.timings
          verification = built.verification
        } catch (error) {
          const found = await operation.launcher.find(server).catch(() => undefined)
          pid = found?.status === 'running' ? found.identity.pid : undefined
          throw error
        }
      })
    },
    async activity() {
      const operation = await startOperation(options)
      const current = await ready(operation)
      return readActivity(current, (await operation.launcher.find(current.server)).status !== 'none')
    },
    persist: () =>
      change(async (operation) => {
        const current = await ready(operation)
        if (current.lifetime !== 'process') return
        await clients.end()
        pid = (await persistFork(operation, current)).pid
      }),
    protect: () => setProtection(true),
    unprotect: () => setProtection(false),
    destroy: () =>
      change(async (operation) => {
        await clients.end()
        await destroyFork(operation, record)
        pid = undefined
      }),
    [Symbol.asyncDispose]: () => fork.destroy(),
  }
  if (place !== undefined) placesOfForks.set(fork, place)
  return fork
}
