import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning, listProcesses, readProcess } from '../system/processes.ts'
import { runner } from '../system/runner.ts'
import { serverUser } from '../system/server-user.ts'
import { rememberServer } from '../system/started-servers.ts'
import { waitUntil } from '../wait-until.ts'
import { readPostmasterPid } from './postmaster-pid.ts'

export type StopMode = 'smart' | 'fast' | 'immediate'

export interface ServerOptions {
  readonly binDirectory: string
  readonly dataDirectory: string
  readonly logFile: string
  /** Words after `postgres -D dataDirectory`. */
  readonly extraArguments: readonly string[]
  /** Of the host that it runs on. Default: this one's. */
  readonly networkNamespace?: string | undefined
}

/** One run of a PostgreSQL server, a child of this process that ends when this process does. */
export interface Server {
  readonly pid: number
  isRunning(): boolean
  stop(mode: StopMode): Promise<void>
  /** SIGKILL for the postmaster and all its children, as when power fails. Returns when they are gone. */
  crash(): Promise<void>
}

const signals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const
const boundMs = 60_000

/** Starts a server and returns as soon as it says in postmaster.pid that it is ready: pg_ctl would look only every 100 ms. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { binDirectory, dataDirectory, logFile, extraArguments } = options
  const logStart = (await readLog(logFile)).length
  const words = [join(binDirectory, 'postgres'), '-D', dataDirectory, ...extraArguments]
  const [file = '', ...args] =
    options.networkNamespace === undefined ? words : elsewhere(options.networkNamespace, words)
  const { pid, exited } = await runner.start(file, args, {
    outputFile: logFile,
    workingDirectory: '/',
    diesWithCaller: process.platform === 'linux',
    ...(serverUser === undefined || options.networkNamespace !== undefined ? {} : { user: serverUser }),
  })
  rememberServer(pid)
  let end: string | undefined
  void exited.then(({ exitCode, signal }) => {
    end = signal === undefined ? `exit status ${exitCode}` : signal
  })
  const logTail = async () => (await readLog(logFile)).slice(logStart)
  await waitUntil(
    async () => {
      if (end !== undefined)
        throw new Error(`The server of ${dataDirectory} ended at its start (${end}):\n${await logTail()}`)
      const file = await readPostmasterPid(dataDirectory)
      return file?.pid === pid && (file.status === 'ready' || file.status === 'standby')
    },
    {
      timeoutMs: boundMs,
      pauseMs: 5,
      what: async () => `ready server of ${dataDirectory}. Its log:\n${await logTail()}`,
    },
  )

  const waitForEnd = (how: string) =>
    waitUntil(() => end !== undefined, {
      timeoutMs: boundMs,
      what: async () => `end of server ${pid} of ${dataDirectory} after ${how}. Its log:\n${await logTail()}`,
    })
  return {
    pid,
    isRunning: () => end === undefined,
    async stop(mode) {
      if (end === undefined) process.kill(pid, signals[mode])
      await waitForEnd(signals[mode])
    },
    async crash() {
      if (end !== undefined) throw new Error(`The server of ${dataDirectory} isn't running (${end}).`)
      await killWithChildren(pid)
      await waitForEnd('SIGKILL')
    },
  }
}

/** Only root can go there, and ceases to be root afterwards, which unties it from this process: it is tied again. */
function elsewhere(networkNamespace: string, words: readonly string[]): string[] {
  const { uid, gid } = serverUser ?? { uid: 0, gid: 0 }
  const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig=QUIT']
  return ['nsenter', `--net=/run/netns/${networkNamespace}`, '--', 'setpriv', ...user, '--', ...words]
}

async function killWithChildren(pid: number): Promise<void> {
  // A stopped postmaster makes no more children, so that the list is complete.
  process.kill(pid, 'SIGSTOP')
  await waitUntil(async () => (await readProcess(pid))?.isStopped, { timeoutMs: 60_000, what: `stop of server ${pid}` })
  const children = (await listProcesses()).filter(({ parentPid }) => parentPid === pid)
  for (const doomed of [pid, ...children.map((child) => child.pid)]) process.kill(doomed, 'SIGKILL')
  await waitUntil(async () => !(await Promise.all(children.map(isRunning))).includes(true), {
    timeoutMs: boundMs,
    what: `end of all children of server ${pid}`,
  })
}

const readLog = (logFile: string): Promise<string> => readFile(logFile, 'utf8').catch(() => '')
