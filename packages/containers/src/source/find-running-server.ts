import { lstatSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { readProcLink, readStat } from '@pgfork/core/companion'
import { libraryPath, libraryVariable } from '../launcher/place.ts'
import { processesBelow } from '../processes-below.ts'

/** The server's first process in a running container, as far as its user may look at it. */
export interface RunningServer {
  readonly pid: number
  /** As the container names it. */
  readonly directory: string
  readonly binDirectory: string | undefined
  /** Where its dynamic linker looks first: an image's entrypoint may have said so, which doesn't run in a fork. */
  readonly libraryPath: string | undefined
}

/** Wrapped, as `.postgres-wrapped` and `postgres.real` are. */
const names = /^\.?(?:postgres|postmaster)/

/** Undefined where there is none, or none that can be looked at. */
export function findRunningServer(firstPid: number): RunningServer | undefined {
  for (const pid of processesBelow(firstPid))
    if (names.test(readStat(pid)?.command ?? '') && worksInCluster(pid)) return describe(pid)
  return undefined
}

/** A script by the name of `postgres` that has the server as its child works anywhere. */
function worksInCluster(pid: number): boolean {
  try {
    return lstatSync(`/proc/${pid}/cwd/postmaster.pid`).isFile()
  } catch {
    return false
  }
}

function describe(pid: number): RunningServer | undefined {
  const directory = readProcLink(`${pid}/cwd`)
  const program = readProcLink(`${pid}/exe`)
  if (directory === undefined) return undefined
  return {
    ...{ pid, directory, libraryPath: libraryPathOf(pid) },
    binDirectory: program === undefined ? undefined : dirname(program),
  }
}

function libraryPathOf(pid: number): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    const path = variables.find((entry) => entry.startsWith(`${libraryVariable}=`))?.slice(libraryVariable.length + 1)
    return libraryPath.test(path ?? '') ? path : undefined
  } catch {
    return undefined
  }
}
