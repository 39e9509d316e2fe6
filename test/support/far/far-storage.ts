import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SnapshotDriver, Volume } from '@pgfork/core'
import type { DriverClaims, VolumeReference } from '@pgfork/core/driver'
import { btrfs } from '@pgfork/driver-btrfs'

/** Storage as of a cluster, of which a host knows volumes that it has not mounted. It is a Btrfs, so that it costs a test nothing. */
export interface FarStorage {
  readonly driver: SnapshotDriver
  /** A subvolume by its path. */
  volume(path: string): VolumeReference
  /** Names that are taken, of whatever host. */
  claims(): Promise<string[]>
}

/**
 * @param folder where all hosts see which names are taken; they are those of this host for as long as `host` is the same
 */
export function farStorage(folder: string, host: string): FarStorage {
  const inner = btrfs()
  // What core gets to know is that the volume is mounted nowhere here.
  const near = (volume: Volume): Volume => ({ ...volume, root: volume.attributes.mountedAt ?? volume.root })
  const nearly = <Reference extends { readonly volume: Volume }>(reference: Reference): Reference => ({
    ...reference,
    volume: near(reference.volume),
  })
  const claims = claimsIn(folder, host)
  const driver: SnapshotDriver = {
    name: 'far',
    facts: { ...inner.facts, captures: 'flushed', reach: 'cluster' },
    locate: (path, context) => inner.locate(path, context),
    async resolve({ volume: path }, context) {
      const volume = await inner.locate(path, context)
      return { ...volume, root: '/', attributes: { ...volume.attributes, mountedAt: volume.root } }
    },
    snapshot: ({ snapshots, ...more }, context) =>
      inner.snapshot({ ...more, snapshots: snapshots.map(nearly) }, context),
    clone: ({ snapshot, ...more }, context) => inner.clone({ ...nearly(more), snapshot: nearly(snapshot) }, context),
    attach: (clone, context) => inner.attach(nearly(clone), context),
    handOver: (clone, owner, context) => inner.handOver(nearly(clone), owner, context),
    removeClone: (clone, context) => inner.removeClone(nearly(clone), context),
    removeSnapshot: (snapshot, context) => inner.removeSnapshot(nearly(snapshot), context),
    list: (volume, context) => inner.list(near(volume), context),
    space: (volume, context) => inner.space(near(volume), context),
    claims,
  }
  return { driver, volume: (volume) => ({ driver: 'far', volume }), claims: () => names(folder) }
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

function claimsIn(folder: string, host: string): DriverClaims {
  const content = (holder: string): string => `${host}+${holder}`
  return {
    async take(_volume, name, holder) {
      await mkdir(folder, { recursive: true })
      return writeFile(join(folder, name), content(holder), { flag: 'wx' }).then(
        () => true,
        () => false,
      )
    },
    holds: async (_volume, name, holder) =>
      (await readFile(join(folder, name), 'utf8').catch(() => '')) === content(holder),
    async release(_volume, name, holder) {
      const found = await readFile(join(folder, name), 'utf8').catch(() => undefined)
      if (found !== undefined && found !== content(holder)) return
      await rm(join(folder, name), { force: true })
      // The last one.
      await rmdir(folder).catch(() => {})
    },
    list: () => names(folder),
  }
}
