import type { Directory } from '../files/directory.ts'
import { parseSegmentName, type SegmentName } from '../postgres/files/location.ts'

/** A segment in the folder of a history. */
export interface KeptSegment extends SegmentName {
  readonly name: string
  /** The source had begun the next one when it was copied, so that nothing more comes. */
  readonly isComplete: boolean
}

/** Modes of the files: one that is complete is read-only, which takes effect with the name of the file and needs no record. */
export const modes = { open: 0o600, complete: 0o400 } as const

export const keptSegments = (folder: Directory, segmentBytes: number): KeptSegment[] =>
  folder.names().flatMap((name) => {
    const segment = parseSegmentName(name, segmentBytes)
    const found = segment && folder.look(name)
    return found?.isFile() ? [{ ...segment, name, isComplete: (found.mode & 0o200) === 0 } as KeptSegment] : []
  })
