const polynomial = 0x82f6_3b78

/** Eight or sixteen bytes are taken at a time ("slicing by 8", "by 16"): table k tells what a byte does that k more follow. */
const tables = ((): readonly Int32Array[] => {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? polynomial : 0)
    return remainder
  })
  const all = [first]
  for (let index = 1; index < 16; index++) {
    const before = all[index - 1] as Int32Array
    all.push(before.map((remainder) => (remainder >>> 8) ^ (first[remainder & 0xff] as number)))
  }
  return all
})()

type Four = [Int32Array, Int32Array, Int32Array, Int32Array]
const [t0, t1, t2, t3] = tables as Four
const [t4, t5, t6, t7] = tables.slice(4) as Four
const [t8, t9, t10, t11] = tables.slice(8) as Four
const [t12, t13, t14, t15] = tables.slice(12) as Four

/** What a checksum begins with. */
export const startCrc32c = -1

/** Memory by words, which Node reads in the order of x86 and ARM: the lowest byte first. */
let words = new Int32Array(0)

function wordsOf(memory: ArrayBufferLike): Int32Array {
  if (words.buffer !== memory) words = new Int32Array(memory, 0, memory.byteLength >>> 2) as typeof words
  return words
}

/** To look at memory by words costs as much as so many bytes. */
const manyBytes = 256

/** Takes the bytes from `from` to `to` into a checksum that is under way. */
export function extendCrc32c(remainder: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = remainder
  let at = from
  if (to - from > manyBytes) {
    for (; ((bytes.byteOffset + at) & 3) !== 0; at++)
      crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
    const length = (to - at) & ~15
    crc = extendByWords(crc, wordsOf(bytes.buffer), (bytes.byteOffset + at) >>> 2, length >>> 2)
    at += length
  }
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

/** So many words, a multiple of four. */
function extendByWords(remainder: number, memory: Int32Array, first: number, count: number): number {
  let crc = remainder
  for (let word = first; word < first + count; word += 4) {
    const a = crc ^ (memory[word] as number)
    const b = memory[word + 1] as number
    const c = memory[word + 2] as number
    const d = memory[word + 3] as number
    crc =
      (t15[a & 0xff] as number) ^
      (t14[(a >>> 8) & 0xff] as number) ^
      (t13[(a >>> 16) & 0xff] as number) ^
      (t12[a >>> 24] as number) ^
      (t11[b & 0xff] as number) ^
      (t10[(b >>> 8) & 0xff] as number) ^
      (t9[(b >>> 16) & 0xff] as number) ^
      (t8[b >>> 24] as number) ^
      (t7[c & 0xff] as number) ^
      (t6[(c >>> 8) & 0xff] as number) ^
      (t5[(c >>> 16) & 0xff] as number) ^
      (t4[c >>> 24] as number) ^
      (t3[d & 0xff] as number) ^
      (t2[(d >>> 8) & 0xff] as number) ^
      (t1[(d >>> 16) & 0xff] as number) ^
      (t0[d >>> 24] as number)
  }
  return crc
}

export const finishCrc32c = (remainder: number): number => ~remainder >>> 0

/** CRC-32C (Castagnoli), the checksum of PostgreSQL's control file and WAL. Node's zlib has the other CRC-32 only. */
export const crc32c = (bytes: Uint8Array): number => finishCrc32c(extendCrc32c(startCrc32c, bytes, 0, bytes.length))
