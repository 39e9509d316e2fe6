import type { Directory } from '../files/directory.ts'
import { parseSegmentName } from '../postgres/files/location.ts'
import { longPageHeaderBytes, pageLocation, readSystemIdentifier } from '../postgres/wal/page-header.ts'

export interface ExpectedSegment {
  readonly segmentBytes: number
  readonly systemIdentifier: string
}

/** What is wrong with a file that should be a whole segment of a cluster; undefined where nothing is. */
export async function flawOf(
  directory: Directory,
  file: string,
  name: string,
  { segmentBytes, systemIdentifier }: ExpectedSegment,
): Promise<string | undefined> {
  const size = directory.look(file)?.size
  if (size !== segmentBytes) return `has ${size} bytes, and a segment has ${segmentBytes}`
  const header = Buffer.alloc(longPageHeaderBytes)
  const handle = await directory.openHandle(file)
  try {
    await handle.read(header, 0, longPageHeaderBytes, 0)
  } finally {
    await handle.close()
  }
  const number = parseSegmentName(name, segmentBytes)?.number ?? Number.NaN
  if (pageLocation(header, 0) !== number * segmentBytes) return 'holds another segment, or none'
  const identifier = readSystemIdentifier(header, 0)
  return identifier === systemIdentifier ? undefined : `is of another cluster (system identifier ${identifier})`
}
