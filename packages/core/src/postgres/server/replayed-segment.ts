import { listPids, readProc, readStat } from '../../process/proc.ts'

/**
 * Which segment of WAL a recovering server reads, as the title of its startup process tells (`startup recovering 000000010000000000000042`,
 * `StartupProcessMain` and `XLogFileRead`). It is for people to look at: who can't be seen, or has `update_process_title` off, tells nothing.
 *
 * @returns a function that looks, and tells a segment once
 */
export function watchReplay(): (postmaster: number) => string | undefined {
  let startup: number | undefined
  let last: string | undefined
  return (postmaster) => {
    if (process.platform !== 'linux') return undefined
    startup ??= listPids().find((pid) => readStat(pid)?.parent === postmaster && titleOf(pid).includes('startup'))
    const [, segment] = (startup && /recovering ([0-9A-F]{24})/.exec(titleOf(startup))) || []
    if (segment === undefined || segment === last) return undefined
    last = segment
    return segment
  }
}

const titleOf = (pid: number): string => readProc(`${pid}/cmdline`) ?? ''
