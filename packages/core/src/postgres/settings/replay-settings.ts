import { memoryBytes } from './memory-bytes.ts'
import { silentSettings } from './silent-settings.ts'

const mebibyte = 1024 * 1024

export interface ReplayRequest {
  /** The fork's own. */
  readonly sharedBuffers: string
  readonly walBytes: number
  /** Of memory that is free. */
  readonly freeBytes: number
}

/** Replay slows down when it must write pages to make room for others: a record of WAL may be of another page of 8 kB each. */
const bytesPerWalByte = 4

/**
 * Buffers for a server that only replays WAL, in MB: at most a quarter of the free memory, of which only what is used is taken. Undefined
 * where the fork's own do as well, which saves a start.
 */
export function replayBuffers({ sharedBuffers, walBytes, freeBytes }: ReplayRequest): number | undefined {
  const own = memoryBytes(sharedBuffers) ?? 0
  const wanted = Math.min(walBytes * bytesPerWalByte, freeBytes / 4)
  return walBytes > own && wanted >= 2 * own ? Math.floor(wanted / mebibyte) : undefined
}

/** Of a server that only replays WAL: nobody reaches it, it begins nothing of its own, and it writes its pages once, at its end. */
export const replaySettings = (major: number, buffersMb: number): Readonly<Record<string, string>> => ({
  ...silentSettings(major),
  shared_buffers: `${buffersMb}MB`,
  listen_addresses: '',
  autovacuum: 'off',
  // There is room for all pages: what is written early is written twice, each time with a flush of the control file.
  bgwriter_lru_maxpages: '0',
  checkpoint_timeout: '1d',
  max_wal_size: '1TB',
  // Its end writes pages all over the files: pushed out by 256 kB each, they take longer than if each file is flushed once.
  checkpoint_flush_after: '0',
})
