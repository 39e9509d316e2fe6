import type { Command, DriverContext } from '@pgfork/core/driver'
import type { ImagePlace } from '../names.ts'
import type { Settings } from '../options.ts'

/** A clone that is to be a device here. */
export interface Mapping {
  readonly place: ImagePlace
  /** Of its entry, in which a mapper may keep what it needs. Root's alone. */
  readonly folder: string
  /** Nobody else can have it open: it was made a moment ago. */
  readonly isNew?: boolean
}

/** What a device of this host shows, as far as its mapper can tell. */
export interface ShownImage {
  readonly place: ImagePlace
  /** Of the image, where it is one of its snapshots that is mapped. */
  readonly snapshot?: string
  readonly imageId?: string
  /** The cluster's own id. */
  readonly cluster?: string
}

/** One way to make a block device of an image. */
export interface Mapper {
  /** Whether it works on this host. */
  isUsable(settings: Settings, context: DriverContext): Promise<boolean>
  /** What `isUsable` would run, and find; changes nothing. */
  foresee(
    settings: Settings,
    context: DriverContext,
  ): Promise<{ readonly commands: Command[]; readonly isUsable: boolean }>
  /** What `map` would run, and the device that it would make, as far as that is known before. */
  outline(mapping: Mapping, settings: Settings): { readonly commands: Command[]; readonly device: string }
  /** The device; undefined while there is none, or one that doesn't work any more. */
  find(mapping: Mapping, settings: Settings, context: DriverContext): Promise<string | undefined>
  /** Makes the device, writable here and nowhere else. */
  map(mapping: Mapping, settings: Settings, context: DriverContext): Promise<string>
  /** Takes it away, whole, half made or dead; it isn't mounted any more. `BUSY` while somebody has it open. */
  unmap(mapping: Mapping, settings: Settings, context: DriverContext): Promise<void>
  /** Whether something waits for its device at the moment, as writes do for a lock that another client died with. Left out where none gets it (H99). */
  isWaiting?(mapping: Pick<Mapping, 'place'>): Promise<boolean>
  /** Which image a device (`252:0`) of this host is; undefined for none of this mapper's. */
  imageOf(device: string, settings: Settings, context: DriverContext): Promise<ShownImage | undefined>
}
