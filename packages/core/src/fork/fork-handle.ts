import { PgforkError } from '../errors/pgfork-error.ts'
import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import type { StepTiming } from '../operation/step-sequence.ts'
import { logFileOf } from '../postgres/files/paths.ts'
import { writeForkFile } from '../records/fork-file.ts'
import { forkStore, isStartable, type StartableFork } from '../records/fork-record.ts'
import { isReady } from '../records/transitions.ts'
import { type AfterStart, plainAfterStart } from './after-start.ts'
import { connectionOf, connectionStringOf } from './connection.ts'
import type { Fork } from './fork.ts'
import { readActivity } from './read-activity.ts'
import { removeFork } from './remove-fork.ts'
import { resetFork } from './reset-fork.ts'
import { startServer } from './start-server.ts'
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
}

/** The object through which a caller holds a fork. Everything it does goes by the fork's record. */
export function forkHandle(request: ForkHandleRequest): Fork {
  const { record, afterStart = plainAfterStart } = request
  // The signal was for making the fork; stopping and destroying must work after it has fired.
  const { signal: _signal, onProgress: _onProgress, ...options } = request.options
  let { pid, steps = [], verification } = request
  const { name, server } = record
  const connection = connectionOf(record)

  const requireReady = async (state: Parameters<typeof forkStore>[0]): Promise<StartableFork> => {
    const current = await forkStore(state).findSame(record)
    if (current !== undefined && isReady(current) && isStartable(current)) return current
    throw new PgforkError('FORK_NOT_FOUND', `The fork ${name} is gone or was never finished. Make a new one.`, {
      facts: { name },
    })
  }

  const stop = ({ launcher, timeouts }: Operation): Promise<void> =>
    launcher.stop({
      dataDirectory: server.dataDirectory,
      owner: record.owner,
      mode: 'fast',
      timeoutMs: timeouts.stopMs,
    })

  const setProtection = async (isProtected: boolean): Promise<void> => {
    const { state } = await startOperation(options)
    await forkStore(state).change({ ...(await requireReady(state)), isProtected })
  }

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
      await stop(await startOperation(options))
      pid = undefined
    },
    async start() {
      const operation = await startOperation(options)
      const current = await requireReady(operation.state)
      const running = await operation.launcher.find(server.dataDirectory).catch(() => undefined)
      if (running !== undefined) {
        pid = running.pid
        return
      }
      for (const clone of current.clones) await operation.drivers.attach(clone, operation.driverContext())
      pid = (await startServer(operation, current)).pid
    },
    async reset() {
      const operation = await startOperation(options)
      const built = await resetFork(operation, { fork: await requireReady(operation.state), afterStart })
      pid = built.server.pid
      steps = operation.steps.timings
      verification = built.verification
    },
    async activity() {
      const operation = await startOperation(options)
      const current = await requireReady(operation.state)
      return readActivity(current, (await operation.launcher.find(server.dataDirectory)) !== undefined)
    },
    async persist() {
      const operation = await startOperation(options)
      const current = await requireReady(operation.state)
      if (current.lifetime === 'persistent') return
      // The tie to this process was made when the server was started.
      await stop(operation)
      const persistent: StartableFork = { ...current, lifetime: 'persistent' }
      await writeForkFile(persistent)
      await forkStore(operation.state).change(persistent)
      pid = (await startServer(operation, persistent)).pid
    },
    protect: () => setProtection(true),
    unprotect: () => setProtection(false),
    async destroy() {
      const operation = await startOperation(options)
      const current = await forkStore(operation.state).findSame(record)
      if (current?.isProtected === true)
        throw new PgforkError('FORK_PROTECTED', `The fork ${name} is protected. Call unprotect() first.`, {
          facts: { name },
        })
      await removeFork(operation, record)
      pid = undefined
    },
    [Symbol.asyncDispose]: () => fork.destroy(),
  }
  return fork
}
