/** What of the machine a test answers for: other tests run at the same time. */
export interface SystemScope {
  /** Files, mounts, loop files, Btrfs subvolumes and working directories at or below these count. */
  readonly folders: readonly string[]
  /** Files at or below these don't, such as a running source's data directory. */
  readonly exceptFilesIn?: readonly string[]
  /** Everything on the machine counts, whoever made it: for a machine on which nothing else runs. Default false. */
  readonly wholeMachine?: boolean
}

/** A list of one kind of things, each as a line of text that stays the same as long as the thing does. */
export type Collector = (scope: SystemScope) => Promise<string[]>
