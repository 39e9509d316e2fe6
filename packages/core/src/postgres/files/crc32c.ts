const polynomial = 0x82f6_3b78

/** Four or sixteen bytes are taken at a time ("slicing by 4", "by 16"): table k tells what a byte does that k more follow. */
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

const noWords = new Int32Array(0)

/** What a checksum begins with. */
export const startCrc32c = -1

/**
 * Takes bytes of one piece of memory into checksums. It is looked at by words, which Node reads in the order of x86 and ARM: the lowest byte
 * first. To make that ready costs as much as some hundred bytes, and is done once.
 */
export class Crc32cOf {
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  /** The first byte that begins a word. */
  readonly #first: number

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#first = -bytes.byteOffset & 3
    const count = (bytes.length - this.#first) >> 2
    this.#words = count > 0 ? new Int32Array(bytes.buffer, bytes.byteOffset + this.#first, count) : noWords
  }

  /** Takes the bytes from `from` to `to` into a checksum that is under way. */
  extend(remainder: number, from: number, to: number): number {
    const bytes = this.#bytes
    const first = this.#first
    let crc = remainder
    let at = from
    for (; at < to && ((at - first) & 3) !== 0; at++)
      crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
    const words = (to - at) >> 2
    if (words > 0) {
      crc = extendByWords(crc, this.#words, (at - first) >>> 2, words)
      at += words << 2
    }
    for (; at < to; at++) crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
    return crc
  }
}

function extendByWords(remainder: number, memory: Int32Array, first: number, count: number): number {
  let crc = remainder
  let word = first
  for (const last = first + count - 3; word < last; word += 4) {
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
  for (; word < first + count; word++) {
    const a = crc ^ (memory[word] as number)
    crc =
      (t3[a & 0xff] as number) ^
      (t2[(a >>> 8) & 0xff] as number) ^
      (t1[(a >>> 16) & 0xff] as number) ^
      (t0[a >>> 24] as number)
  }
  return crc
}

export const finishCrc32c = (remainder: number): number => ~remainder >>> 0

/** CRC-32C (Castagnoli), the checksum of PostgreSQL's control file and WAL. Node's zlib has the other CRC-32 only. */
export const crc32c = (bytes: Uint8Array): number =>
  finishCrc32c(new Crc32cOf(bytes).extend(startCrc32c, 0, bytes.length))
