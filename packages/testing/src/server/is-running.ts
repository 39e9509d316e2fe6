import process from 'node:process'

/** Whether a process with this pid runs. A hint only: before a signal is sent, the process is identified. */
export function isRunning(pid: number | undefined): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // It belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
