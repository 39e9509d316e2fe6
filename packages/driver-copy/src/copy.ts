/** A directory that is to be copied. */
export interface Copy {
  readonly source: string
  /** Does not exist yet. */
  readonly target: string
  readonly sharesBlocks: boolean
  /** Directories, relative to the source, that are left empty. */
  readonly omit: readonly string[]
  /** Files may vanish, be replaced and grow meanwhile. Otherwise one that is missing is an error. */
  readonly isLive: boolean
  /** A directory, relative to the source, whose files may be copied last. */
  readonly later?: string
  /** Name of the files in that which are copied after all its others. */
  readonly last?: string
}
