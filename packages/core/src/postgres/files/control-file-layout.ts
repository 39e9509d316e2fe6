/** Where the fields of `ControlFileData` lie, in bytes, on the 64-bit little-endian machines that Node runs on. */
export interface ControlFileLayout {
  readonly checkpointCopy: number
  /** From there. */
  readonly checkpointTime: number
  /** `minRecoveryPoint` lies 8 bytes before it, `backupStartPoint` follows on it, 8 bytes behind. */
  readonly minimumRecoveryTimeline: number
  readonly walLevel: number
  readonly maxPreparedTransactions: number
  readonly walSegmentBytes: number
  readonly checksumVersion: number
  /** The checksum covers all before it. */
  readonly crc: number
}

/**
 * By major version (pg_control.h). 11 dropped `prevCheckPoint`; 12 widened `nextXid` and added `max_wal_senders`; 18 added
 * `default_char_signedness` before the nonce.
 */
export function controlFileLayout(major: number): ControlFileLayout {
  if (major === 10) return { ...layout12, checkpointCopy: 48, checkpointTime: 56, maxPreparedTransactions: 188 }
  if (major === 11) return layout11
  return major >= 18 ? { ...layout12, crc: 292 } : layout12
}

const layout11: ControlFileLayout = {
  checkpointCopy: 40,
  checkpointTime: 56,
  minimumRecoveryTimeline: 136,
  walLevel: 164,
  maxPreparedTransactions: 180,
  walSegmentBytes: 220,
  checksumVersion: 244,
  crc: 280,
}

const layout12: ControlFileLayout = {
  checkpointCopy: 40,
  checkpointTime: 64,
  minimumRecoveryTimeline: 144,
  walLevel: 172,
  maxPreparedTransactions: 192,
  walSegmentBytes: 228,
  checksumVersion: 252,
  crc: 288,
}
