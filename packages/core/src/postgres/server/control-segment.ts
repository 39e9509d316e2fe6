/** `PG_DYNSHMEM_CONTROL_MAGIC` in dsm.c. */
const magic = 0x9a503d32
const headerBytes = 16
/** Of an item: those of 10 to 13, and of 14 and later. */
const itemBytes = [24, 40] as const

/** One of a server with 20,000 sessions has less. */
export const mostControlBytes = 4 * 1024 * 1024

/**
 * Names of the segments that a server has made by its control segment (`dsm_control_header` in dsm.c): a table with a place for each, of
 * which those with a reference are in use. Memory that a server takes for statistics from 15 on is among them, and belongs to
 * none of the processes in particular.
 *
 * @param control what the file of a segment holds, of whatever kind; empty for those that list nothing
 */
export function segmentsListedIn(control: Buffer): Set<string> {
  const names = new Set<string>()
  if (control.length < headerBytes || control.readUInt32LE(0) !== magic) return names
  const [used, places] = [control.readUInt32LE(4), control.readUInt32LE(8)]
  const bytes = itemBytes.find((bytes) => control.length === headerBytes + places * bytes)
  if (bytes === undefined || used > places) return names
  for (let offset = headerBytes; offset < headerBytes + used * bytes; offset += bytes)
    if (control.readUInt32LE(offset + 4) > 0) names.add(`PostgreSQL.${control.readUInt32LE(offset)}`)
  return names
}
