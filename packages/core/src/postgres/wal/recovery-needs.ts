/** What a server that recovers must have room for, or come to its end with FATAL. */
export interface RecoveryNeeds {
  /** So many may have to be recovered. */
  readonly preparedTransactions: number
  /** Prepared transactions take their locks again when recovery ends. */
  readonly locks: number
  /** What the source was changed to on the way, if it was. */
  readonly tracksCommitTimestamps: boolean | undefined
}
