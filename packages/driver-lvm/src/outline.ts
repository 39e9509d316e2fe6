import { type Command, type DriverOutline, entryFiles } from '@pgfork/core/driver'
import { activationWords } from './activate.ts'
import { mountWords } from './attach.ts'
import { cloneWords } from './clone.ts'
import { listWords } from './logical-volumes.ts'
import { cloneName, deviceOf, mountEntry, snapshotName } from './names.ts'
import type { Settings } from './options.ts'
import { takesOwnUuid, uuidWords } from './own-uuid.ts'
import { snapshotWords } from './snapshot.ts'

export function outlineOf({ prefix }: Settings): DriverOutline {
  const command = (...words: readonly string[]): Command => [...prefix, ...words]
  return {
    snapshot: async ({ snapshots, singleUse = false }) =>
      snapshots.map((snapshot) => command('lvcreate', ...snapshotWords(snapshot, singleUse))),
    async clone(request) {
      const origin = snapshotName(request.snapshot)
      const name = cloneName(request)
      const { fileSystem = 'ext4' } = request.volume.attributes
      const making =
        request.consumeSnapshot === true
          ? [command('lvrename', origin, name), command('lvchange', ...activationWords(name))]
          : [command('lvcreate', ...cloneWords(request))]
      const naming = takesOwnUuid(fileSystem) ? [command('tune2fs', ...uuidWords(deviceOf(name)))] : []
      return [command('lvs', ...listWords(origin)), ...making, ...naming]
    },
    async attach(request) {
      const path = entryFiles(mountEntry(request))
      return { commands: [command('mount', ...mountWords(request, path))], path }
    },
  }
}
