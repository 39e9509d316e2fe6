import type { Mount } from '@pgfork/core/driver'

export interface Subvolume {
  /** The directory to be forked. */
  readonly path: string
  /** The subvolume's root, at or above `path`. */
  readonly root: string
  readonly pathInFileSystem: string
  readonly mount: Mount
}
