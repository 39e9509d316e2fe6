/** The handling of a hazard, taken out, and the tests that must notice. */
export interface Mutation {
  /** A row of the table of hazards. */
  readonly row: string
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** A test file, and a pattern of the names of its tests: by default the row. */
  readonly test: string
  readonly names?: string
  /** The storage of the guest that the test runs in. Default: it runs on this machine. */
  readonly guest?: 'lvm' | 'zfs'
}
