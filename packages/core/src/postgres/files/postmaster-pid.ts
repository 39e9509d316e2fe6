import type { Directory } from '../../files/directory.ts'

/** What a running server writes into its lock file (src/include/utils/pidfile.h; unchanged from 10 to 18). */
export interface PostmasterPid {
  readonly pid: number
  readonly dataDirectory: string
  /** Seconds since the epoch. */
  readonly startedAtSeconds: number
  readonly port: number
  /** Empty when the server has no Unix socket. */
  readonly socketDirectory: string
  readonly listenAddress: string
  /** Of its System V segment; undefined while the server hasn't come that far. */
  readonly sharedMemoryId: number | undefined
  /** `starting`, `ready`, `standby`, `stopping`; undefined while the server hasn't come that far. */
  readonly status: string | undefined
}

/** Eight lines. */
const mostBytes = 16 * 1024

/** The content of `postmaster.pid`; undefined when there is none, or one that is just being written. */
export function readPostmasterPid(dataDirectory: Directory): PostmasterPid | undefined {
  const lines = dataDirectory.readText('postmaster.pid', mostBytes)?.split('\n') ?? []
  const [pid, directory, startedAt, port, socketDirectory, listenAddress, sharedMemory, status] = lines
  if (!pid || !directory) return undefined
  return {
    pid: Math.abs(Number(pid)),
    dataDirectory: directory,
    startedAtSeconds: Number(startedAt),
    port: Number(port),
    socketDirectory: socketDirectory ?? '',
    listenAddress: listenAddress ?? '',
    sharedMemoryId: /^\s*\d+\s+(\d+)\s*$/.test(sharedMemory ?? '')
      ? Number(sharedMemory?.trim().split(/\s+/)[1])
      : undefined,
    status: status?.trim() || undefined,
  }
}
