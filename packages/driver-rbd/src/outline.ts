import { type DriverOutline, entryFiles } from '@pgfork/core/driver'
import { mountWords, probeWords } from './attach.ts'
import { takeWords } from './claims.ts'
import { cloneWords } from './clone.ts'
import { outlineCeph, outlineCommand } from './command.ts'
import { mappingOf } from './map-clone.ts'
import { outlineMapping } from './mappers/index.ts'
import { mountOptions } from './mount-options.ts'
import { mountEntry, placeOf } from './names.ts'
import type { DriverSettings } from './options.ts'
import { snapshotWords } from './snapshot.ts'

/** Which device it will be, and what is on it, is known only when it is there. */
export function outlineOf(settings: DriverSettings): DriverOutline {
  return {
    snapshot: async ({ snapshots }) =>
      snapshots.map((snapshot) => outlineCeph('rbd', snapshotWords(placeOf(snapshot.volume), snapshot), settings)),
    clone: async (request) => [outlineCeph('rbd', cloneWords(placeOf(request.snapshot.volume), request), settings)],
    claim: async (volume, name, holder) =>
      takeWords(volume, name, holder).map((words) => outlineCeph('rados', words, settings)),
    async attach(request, context) {
      const path = entryFiles(mountEntry(request))
      const { commands, device } = await outlineMapping(mappingOf(request), settings, context)
      const mounting = mountWords('<file system>', `${mountOptions('ext4')}<,nouuid>`, device, path)
      return {
        commands: [
          ...commands,
          outlineCommand('blkid', probeWords(device), settings),
          outlineCommand('mount', mounting, settings),
        ],
        path,
      }
    },
  }
}
