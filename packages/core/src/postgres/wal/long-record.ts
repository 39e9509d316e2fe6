import { Crc32cOf, startCrc32c } from '../files/crc32c.ts'
import { pageFlags } from './page-header.ts'
import type { WalPages } from './wal-pages.ts'
import { recordHeaderBytes } from './wal-record.ts'

/** `RM_LOGICALMSG_ID`: of `pg_logical_emit_message`, by which every role writes a gigabyte at once. */
const messageResourceManager = 21
const resourceManagerOffset = 17
const mebibyte = 1024 * 1024

type NotGathered = 'cut off' | 'no segment' | 'other page'

/** A record that goes over pages, put together; one after another. */
export class LongRecord {
  readonly #pages: WalPages
  buffer = Buffer.alloc(64 * 1024)
  checksum = new Crc32cOf(this.buffer)
  /** So many bytes of it are in the buffer. */
  bytes = 0
  /** The checksum of what was there behind the header before. */
  gone = startCrc32c

  constructor(pages: WalPages) {
    this.#pages = pages
  }

  /**
   * @returns where it ends; with `overwrittenAt`, where the server went on after a crash that had cut it off
   */
  async gather(
    location: number,
    length: number,
  ): Promise<{ readonly end: number; readonly isOverwritten: boolean } | NotGathered> {
    const pages = this.#pages
    if (this.buffer.length < length && length <= mebibyte) this.#grow(length)
    this.bytes = 0
    this.gone = startCrc32c
    let at = location
    let left = length
    for (;;) {
      const here = Math.min(left, pages.end - at)
      // A length that is none must not take memory: it grows with what is there.
      if (this.buffer.length < this.bytes + here) {
        if (this.#isMessage()) this.#letGoOfMessage()
        else this.#grow(Math.min(length, 2 * (this.bytes + here)))
      }
      pages.buffer.copy(this.buffer, this.bytes, at - pages.from, at - pages.from + here)
      this.bytes += here
      left -= here
      at += here
      if (left === 0) return { end: at, isOverwritten: false }
      const header = await pages.headerOf(at)
      if (typeof header === 'string') return header === 'other page' ? 'cut off' : header
      const offset = at - pages.from
      const info = pages.buffer.readUInt16LE(offset + 2)
      if ((info & pageFlags.overwritesContinued) !== 0) return { end: at, isOverwritten: true }
      if ((info & pageFlags.continues) === 0 || pages.buffer.readUInt32LE(offset + 16) !== left) return 'cut off'
      pages.next()
      at += header
    }
  }

  #grow(bytes: number): void {
    this.buffer = Buffer.concat([this.buffer], bytes)
    this.checksum = new Crc32cOf(this.buffer)
  }

  /** A message is only proved by its checksum, part by part: nobody reads it, and memory isn't its author's to take (H106). */
  #letGoOfMessage(): void {
    this.gone = this.checksum.extend(this.gone, recordHeaderBytes, this.bytes)
    this.bytes = recordHeaderBytes
  }

  #isMessage(): boolean {
    return this.bytes >= recordHeaderBytes && this.buffer[resourceManagerOffset] === messageResourceManager
  }
}
