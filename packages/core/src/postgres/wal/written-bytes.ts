import type { FileHandle } from 'node:fs/promises'
import { longPageHeaderBytes, pageLocation, readPageBytes } from './page-header.ts'

/**
 * How much of a segment a file holds: up to the last byte that isn't zero of the last page that is of this segment. Pages are
 * written one after another, so what comes behind the first one that isn't is of no use.
 *
 * @returns 0 for a file of another segment
 */
export async function writtenBytes(file: FileHandle, location: number, segmentBytes: number): Promise<number> {
  const header = Buffer.alloc(longPageHeaderBytes)
  const isPageAt = async (offset: number): Promise<boolean> => {
    const { bytesRead } = await file.read(header, 0, longPageHeaderBytes, offset)
    return bytesRead === longPageHeaderBytes && pageLocation(header, 0) === location + offset
  }
  if (!(await isPageAt(0))) return 0
  const pageBytes = readPageBytes(header, 0)
  if (pageBytes === undefined) return 0
  let [last, above] = [0, segmentBytes / pageBytes]
  while (above - last > 1) {
    const middle = Math.floor((last + above) / 2)
    if (await isPageAt(middle * pageBytes)) last = middle
    else above = middle
  }
  const page = Buffer.alloc(pageBytes)
  const { bytesRead } = await file.read(page, 0, pageBytes, last * pageBytes)
  let used = bytesRead
  while (used > 0 && page[used - 1] === 0) used--
  return last * pageBytes + used
}
