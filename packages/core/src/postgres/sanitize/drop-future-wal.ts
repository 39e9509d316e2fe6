import type { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { parseLocation, parseSegmentName } from '../files/location.ts'

/**
 * Removes the segments that lie ahead of the end of the WAL: old ones that the source has renamed to write into later. A fork that
 * leaves its source's timeline would remove them one by one, with a flush of the directory for each (`RemoveNonParentXlogFiles` in
 * xlog.c).
 *
 * @param end no record of these files lies at or beyond it
 */
export function dropFutureWal(dataDirectory: Directory, end: string, segmentBytes: number): void {
  using wal = dataDirectory.openLinked('pg_wal')
  const last = Math.floor(parseLocation(end) / segmentBytes)
  for (const name of wal.names()) {
    const segment = parseSegmentName(name, segmentBytes)
    if (segment !== undefined && segment.number > last) removeTree(wal, name)
  }
}
