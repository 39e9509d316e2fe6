const pids = new Set<number>()

/** Remembers a server of this process's tests: what it leaves can be told from what others leave. */
export function rememberServer(pid: number): void {
  pids.add(pid)
}

export const isOurServer = (pid: number): boolean => pids.has(pid)
