/** A real file system of its own, for tests and the demo. Disposing of it unmounts and deletes it. */
export interface TestStorage extends AsyncDisposable {
  readonly filesystem: FileSystemName
  /** The mount point. Every user may pass through it. */
  readonly path: string
  readonly device: string
  readonly imageFile: string
}

export type FileSystemName = 'btrfs' | 'xfs' | 'ext4'

export interface StorageOptions {
  /** Size of the image file, which is sparse. Default 4096: a Btrfs that runs full takes all servers on it along. */
  readonly sizeMb?: number
  /** Such as `['user_subvol_rm_allowed']`. */
  readonly mountOptions?: readonly string[]
}
