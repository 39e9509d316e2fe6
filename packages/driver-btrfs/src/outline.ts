import { type Command, consumesEntry, type DriverOutline, entryFiles } from '@pgfork/core/driver'
import { snapshotWords } from './command.ts'
import { entryOf } from './names.ts'
import type { Settings } from './options.ts'

export function outlineOf({ prefix }: Settings): DriverOutline {
  const btrfs = (args: readonly string[]): Command => [...prefix, 'btrfs', ...args]
  return {
    async snapshot({ snapshots, singleUse = false }) {
      return snapshots.map((snapshot) =>
        btrfs(snapshotWords(snapshot.volume.root, entryFiles(entryOf('snapshot', snapshot)), singleUse)),
      )
    },
    async clone(request) {
      if (request.consumeSnapshot === true && (await consumesEntry(request.snapshot.volume.root))) return []
      const files = entryFiles(entryOf('snapshot', request.snapshot))
      return [btrfs(snapshotWords(files, entryFiles(entryOf('clone', request)), true))]
    },
    attach: async (clone) => ({ commands: [], path: entryFiles(entryOf('clone', clone)) }),
  }
}
