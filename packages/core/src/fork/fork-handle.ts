import { PgforkError } from '../errors/pgfork-error.ts'
import { openSession, type Session, type SessionOptions } from '../operation/operation.ts'
import type { StepTiming } from '../operation/step-sequence.ts'
import { logFileOf } from '../postgres/files/paths.ts'
import { writeForkFile } from '../records/fork-file.ts'
import { forkStore, type PlacedFork } from '../records/fork-record.ts'
import { type Finishing, plainFinishing } from './after-start.ts'
import { connectionOf, connectionStringOf } from './connection.ts'
import type { Fork } from './fork.ts'
import { readActivity } from './read-activity.ts'
import { removeFork } from './remove-fork.ts'
import { resetFork } from './reset-fork.ts'
import { startServer } from './start-server.ts'
import type { Verification } from './verify/verification.ts'

export interface OpenHandleRequest {
  readonly record: PlacedFork
  /** For the operations of the handle: state directory, driver, runner, timeouts. */
  readonly options: SessionOptions
  readonly pid: number | undefined
  readonly steps?: readonly StepTiming[]
  readonly verification?: Verification | undefined
  /** Default: what a process that didn't make the fork can know of it. */
  readonly finishing?: Finishing
}

/** The object through which a caller holds a fork. Everything it does goes by the fork's record. */
export function openHandle(request: OpenHandleRequest): Fork {
  const { record, finishing = plainFinishing } = request
  // The signal was for making the fork; stopping and destroying must work after it has fired.
  const { signal: _signal, onProgress: _onProgress, ...options } = request.options
  let { pid, steps = [], verification } = request
  const { name, place } = record
  const connection = connectionOf(record)

  const requireReady = async (state: Parameters<typeof forkStore>[0]): Promise<PlacedFork> => {
    const current = await forkStore(state).find(name)
    const isSame = current?.createdAt === record.createdAt
    if (isSame && current?.status === 'ready' && current.place !== undefined) return current as PlacedFork
    throw new PgforkError('FORK_NOT_FOUND', `The fork ${name} is gone or was never finished. Make a new one.`, {
      facts: { name },
    })
  }

  const stop = ({ launcher, timeouts }: Session): Promise<void> =>
    launcher.stop({ dataDirectory: place.dataDirectory, mode: 'fast', timeoutMs: timeouts.stopMs })

  const setProtection = async (isProtected: boolean): Promise<void> => {
    const { state } = await openSession(options)
    await forkStore(state).replace({ ...(await requireReady(state)), isProtected })
  }

  const fork: Fork = {
    kind: 'fork',
    name,
    dataDirectory: place.dataDirectory,
    logFile: logFileOf(place.dataDirectory),
    host: '127.0.0.1',
    port: place.port,
    socketDirectory: place.socketDirectory,
    connection,
    connectionString: connectionStringOf(connection),
    get pid() {
      return pid
    },
    timeline: record.timeline ?? record.sourceTimeline,
    sourceTimeline: record.sourceTimeline,
    systemIdentifier: record.systemIdentifier,
    get steps() {
      return steps
    },
    get verification() {
      return verification
    },
    async stop() {
      await stop(await openSession(options))
      pid = undefined
    },
    async start() {
      const session = await openSession(options)
      const current = await requireReady(session.state)
      const running = await session.launcher.find(place.dataDirectory).catch(() => undefined)
      if (running !== undefined) {
        pid = running.pid
        return
      }
      for (const clone of current.clones) await session.drivers.attach(clone, session.driverContext())
      pid = (await startServer(session, current)).pid
    },
    async reset() {
      const session = await openSession(options)
      const built = await resetFork(session, { fork: await requireReady(session.state), finishing })
      pid = built.server.pid
      steps = session.steps.timings
      verification = built.verification
    },
    async activity() {
      const session = await openSession(options)
      const current = await requireReady(session.state)
      return readActivity(current, (await session.launcher.find(place.dataDirectory)) !== undefined)
    },
    async persist() {
      const session = await openSession(options)
      const current = await requireReady(session.state)
      if (current.lifetime === 'persistent') return
      // The tie to this process was made when the server was started.
      await stop(session)
      const persistent: PlacedFork = { ...current, lifetime: 'persistent' }
      await writeForkFile(persistent)
      await forkStore(session.state).replace(persistent)
      pid = (await startServer(session, persistent)).pid
    },
    protect: () => setProtection(true),
    unprotect: () => setProtection(false),
    async destroy() {
      const session = await openSession(options)
      const current = await forkStore(session.state).find(name)
      if (current?.createdAt === record.createdAt && current.isProtected === true)
        throw new PgforkError('FORK_PROTECTED', `The fork ${name} is protected. Call unprotect() first.`, {
          facts: { name },
        })
      await removeFork(session, record)
      pid = undefined
    },
    [Symbol.asyncDispose]: () => fork.destroy(),
  }
  return fork
}
