import type { Directory } from '../../files/directory.ts'
import type { ControlData } from './control-data.ts'

/** The timeline that recovery of these files follows, unless it is told to look for a newer one. */
export const recoveredTimeline = ({ checkpointTimeline, minimumRecoveryTimeline }: ControlData): number =>
  Math.max(checkpointTimeline, minimumRecoveryTimeline)

/** The newest timeline that these files know of: a history can be there before anything is written on its timeline. */
export function readNewestTimeline(dataDirectory: Directory, control: ControlData): number {
  using wal = dataDirectory.openLinked('pg_wal')
  const histories = wal.names().filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
  const timelines = histories.map((name) => Number.parseInt(name.slice(0, 8), 16))
  return Math.max(recoveredTimeline(control), ...timelines)
}
