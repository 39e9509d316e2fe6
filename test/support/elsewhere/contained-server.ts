import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from '../cluster/index.ts'
import { readPostmasterPid } from '../cluster/postmaster-pid.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { readProcess } from '../system/processes.ts'
import { runner } from '../system/runner.ts'
import { serverUser } from '../system/server-user.ts'
import { rememberServer } from '../system/started-servers.ts'
import { waitUntil } from '../wait-until.ts'
import { enter } from './elsewhere.ts'

/** The server of a stopped cluster in a container of its own, in which it is process 1. Disposing of it kills it. */
export interface ContainedServer extends AsyncDisposable {
  /** Outside of the container. */
  readonly pid: number
  /** As `pg_ctl stop` does. */
  stop(): Promise<void>
}

export async function startContained(cluster: Cluster): Promise<ContainedServer> {
  const { binDirectory, dataDirectory, logFile } = cluster
  const folder = await makeWorkFolder('contained')
  const user =
    serverUser === undefined ? [] : [`--reuid=${serverUser.uid}`, `--regid=${serverUser.gid}`, '--clear-groups']
  const [file, ...words] = [
    ...(await enter({ container: true }, folder)),
    ...['setpriv', ...user, '--', join(binDirectory, 'postgres'), '-D', dataDirectory],
  ]
  const container = await runner.start(file as string, words, {
    outputFile: logFile,
    workingDirectory: '/',
    diesWithCaller: true,
  })
  rememberServer(container.pid)
  await waitUntil(
    async () => {
      const found = await readPostmasterPid(dataDirectory)
      return found?.pid === 1 && found.status === 'ready'
    },
    { timeoutMs: 60_000, what: `ready server of ${dataDirectory} in a container` },
  )
  const children = await readFile(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8')
  const pid = Number.parseInt(children, 10)
  const isGone = async () => (await readProcess(pid)) === undefined
  const end = async (signalled: number, signal: NodeJS.Signals): Promise<void> => {
    if (!(await isGone())) process.kill(signalled, signal)
    await waitUntil(isGone, { timeoutMs: 60_000, what: `end of server ${pid} in its container` })
    await container.exited
    await rm(folder, { recursive: true, force: true })
  }
  return {
    pid,
    stop: () => end(pid, 'SIGINT'),
    [Symbol.asyncDispose]: () => end(container.pid, 'SIGKILL'),
  }
}
