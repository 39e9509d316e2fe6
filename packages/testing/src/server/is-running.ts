import process from 'node:process'

/** Whether there is a process of this pid. For a hint: whoever signals it identifies it first. */
export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
