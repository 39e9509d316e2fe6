import { isAbsolute, join, normalize, relative } from 'node:path'
import type { InspectedContainer } from '../engine/inspect-container.ts'

/** Something that is mounted in a container. */
interface MountedPath {
  readonly destination: string
  /** Where it is on this machine; undefined for a tmpfs. */
  readonly source: string | undefined
  /** Of a volume. */
  readonly driver: string | undefined
  /** Whether the container can change what is there. */
  readonly isWritable: boolean
}

/** What a container's paths are on this machine. */
export interface ContainerPaths {
  readonly mounts: readonly MountedPath[]
  /** The mount that a path lies on; undefined for the container's own layer. */
  mountOf(path: string): MountedPath | undefined
  /** Undefined where it is nowhere on this machine. */
  here(path: string): string | undefined
}

/** @param devices the directories that volumes stand for, by their names */
export function pathsOf(
  { Mounts, HostConfig }: InspectedContainer,
  devices: ReadonlyMap<string, string> = new Map(),
): ContainerPaths {
  const mounts: MountedPath[] = [
    ...Mounts.map(({ Type, Name, Source, Destination, Driver, RW }) => ({
      destination: normalize(Destination),
      source: (Type === 'volume' && devices.get(Name ?? '')) || (Type === 'tmpfs' || !Source ? undefined : Source),
      driver: Type === 'volume' ? Driver : undefined,
      isWritable: RW !== false,
    })),
    ...Object.keys(HostConfig.Tmpfs ?? {}).map((path) => ({
      destination: normalize(path),
      source: undefined,
      driver: undefined,
      isWritable: true,
    })),
  ]
  const mountOf = (path: string): MountedPath | undefined =>
    mounts
      .filter(({ destination }) => isBelow(path, destination))
      .sort((one, other) => other.destination.length - one.destination.length)[0]
  return {
    mounts,
    mountOf,
    here(path) {
      const mount = mountOf(path)
      return mount?.source === undefined ? undefined : join(mount.source, relative(mount.destination, normalize(path)))
    },
  }
}

/** Or the folder itself. */
export function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, normalize(path))
  return way === '' || !(way === '..' || way.startsWith('../') || isAbsolute(way))
}
