import { expect, test } from 'vitest'
import { Crc32cOf, crc32c, finishCrc32c, startCrc32c } from './crc32c.ts'

/** RFC 3720, appendix B.4. */
test.each([
  ['the check value of the catalogue of CRCs', Buffer.from('123456789'), 0xe306_9283],
  ['32 zeros', Buffer.alloc(32), 0x8a91_36aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8_ab43],
  ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd_794e],
  ['31 to 0', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113f_db5c],
  ['nothing', Buffer.alloc(0), 0],
])('%s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected)
})

test('it is the same wherever the bytes lie, and in how many parts they come', () => {
  const bytes = Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 37) & 0xff))
  const expected = crc32c(bytes)
  for (let offset = 0; offset < 8; offset++) {
    const memory = new ArrayBuffer(420)
    const moved = new Uint8Array(memory, offset, bytes.length)
    moved.set(bytes)
    expect(crc32c(moved)).toBe(expected)
    const checksum = new Crc32cOf(moved)
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      const half = checksum.extend(startCrc32c, 0, cut)
      expect(finishCrc32c(checksum.extend(half, cut, bytes.length))).toBe(expected)
    }
  }
})
