/** A table of the segments of a server's dynamic shared memory, as dsm.c lays it out: an item has 24 bytes from 10 to 13, 40 from 14 on. */
export function controlSegment(
  itemBytes: number,
  items: readonly { handle: number; references: number }[],
  places = 64,
): Buffer {
  const control = Buffer.alloc(16 + places * itemBytes)
  control.writeUInt32LE(0x9a503d32, 0)
  control.writeUInt32LE(items.length, 4)
  control.writeUInt32LE(places, 8)
  for (const [index, { handle, references }] of items.entries()) {
    control.writeUInt32LE(handle, 16 + index * itemBytes)
    control.writeUInt32LE(references, 16 + index * itemBytes + 4)
  }
  return control
}
