const polynomial = 0x82f6_3b78

/** Eight bytes are taken at a time ("slicing by 8"): table k tells what a byte does that k more follow. */
const tables = ((): readonly Int32Array[] => {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0)
    return remainder
  })
  const all = [first]
  for (let index = 1; index < 8; index++) {
    const before = all[index - 1] as Int32Array
    all.push(before.map((remainder) => (remainder >>> 8) ^ (first[remainder & 0xff] as number)))
  }
  return all
})()

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** What a checksum begins with. */
export const startCrc32c = -1

/** Takes the bytes from `from` to `to` into a checksum that is under way. */
export function extendCrc32c(remainder: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = remainder
  let at = from
  for (const last = to - 7; at < last; at += 8) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    crc =
      (t7[crc & 0xff] as number) ^
      (t6[(crc >>> 8) & 0xff] as number) ^
      (t5[(crc >>> 16) & 0xff] as number) ^
      (t4[crc >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
  return crc
}

export const finishCrc32c = (remainder: number): number => ~remainder >>> 0

/** CRC-32C (Castagnoli), the checksum of PostgreSQL's control file and WAL. Node's zlib has the other CRC-32 only. */
export const crc32c = (bytes: Uint8Array): number => finishCrc32c(extendCrc32c(startCrc32c, bytes, 0, bytes.length))
