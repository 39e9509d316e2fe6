import type { OperationOptions, StepTiming } from '@pgfork/core'
import { machineTime } from '../clock.ts'
import type { TemplateRecord } from './template-record.ts'

/** Typical of a small cluster whose blocks are shared, on a laptop's disk. */
const sharedMs = 10

/** Warns once, and only for a new template, how long copying takes where blocks can't be shared. */
export function adviseStorage(
  { copyOnWrite, createdAt }: TemplateRecord,
  { driver, onWarning }: OperationOptions,
): (steps: readonly StepTiming[]) => void {
  // A clone that lies on its snapshot, as an overlayfs does, copies nothing at first, however busy the machine is.
  const liesOnTemplate = [driver].flat().some((one) => one?.facts.clonePinsSnapshot)
  let isSilent = copyOnWrite || liesOnTemplate || machineTime() - Date.parse(createdAt) > 60_000
  return (steps) => {
    const copyMs = steps.find((step) => step.name === 'clone')?.milliseconds
    if (isSilent || copyMs === undefined || copyMs < 2 * sharedMs) return
    isSilent = true
    onWarning?.(
      `Every server copies its template byte by byte, which took ${Math.round(copyMs)} ms. On a file system that shares blocks ` +
        `(Btrfs, XFS with reflinks) it takes about ${sharedMs} ms: put "directory" or PGFORK_TEMPLATE_DIRECTORY on one.`,
    )
  }
}
