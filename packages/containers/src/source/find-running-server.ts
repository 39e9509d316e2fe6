import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { readProcLink, readStat } from '@pgfork/core/companion'
import { childrenOf } from '../children-of.ts'
import { libraryVariable } from '../launcher/place.ts'

/** The server's first process in a running container, as far as its user may look at it. */
export interface RunningServer {
  readonly pid: number
  /** As the container names it. */
  readonly directory: string
  readonly binDirectory: string | undefined
  /** Where its dynamic linker looks first: an image's entrypoint may have said so, which doesn't run in a fork. */
  readonly libraryPath: string | undefined
}

/** A shell, an init and a supervisor may be above it. */
const deepest = 4

/** Undefined where there is none, or none that can be looked at. */
export function findRunningServer(firstPid: number): RunningServer | undefined {
  let generation = [firstPid]
  for (let depth = 0; depth <= deepest && generation.length > 0; depth++) {
    const server = generation.find((pid) => /^(?:postgres|postmaster)$/.test(readStat(pid)?.command ?? ''))
    if (server !== undefined) return describe(server)
    generation = generation.flatMap(childrenOf)
  }
  return undefined
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
    return path === '' ? undefined : path
  } catch {
    return undefined
  }
}
