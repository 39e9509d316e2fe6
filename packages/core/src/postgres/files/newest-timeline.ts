import type { Directory } from '../../files/directory.ts'
import type { ControlData } from './control-data.ts'

/** The timeline that recovery of these files follows, unless it is told to look for a newer one. */
export const recoveredTimeline = ({ checkpointTimeline, minimumRecoveryTimeline }: ControlData): number =>
  Math.max(checkpointTimeline, minimumRecoveryTimeline)

/** The newest timeline that a cluster with this `pg_wal` knows of: a history can be there before anything is written on its timeline. */
export function readNewestTimeline(wal: Directory, control: ControlData): number {
  const histories = wal.names().filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
  const timelines = histories.map((name) => Number.parseInt(name.slice(0, 8), 16))
  return Math.max(recoveredTimeline(control), ...timelines)
}
