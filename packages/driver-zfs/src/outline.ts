import { type Command, type DriverOutline, entryFiles } from '@pgfork/core/driver'
import { mountPointWords } from './attach.ts'
import { cloneWords, inheritedOf, parentWords, propertyWords, rowsOf } from './clone.ts'
import { runZfs } from './command.ts'
import { cloneName, datasetOf, mountEntry, snapshotName } from './names.ts'
import type { Settings } from './options.ts'
import { snapshotCalls } from './snapshot.ts'

export function outlineOf(settings: Settings): DriverOutline {
  const zfs = (words: readonly string[]): Command => [...settings.prefix, 'zfs', ...words]
  return {
    snapshot: async ({ snapshots }) => snapshotCalls(snapshots).map(zfs),
    async clone(request, context) {
      const { volume, snapshot } = request
      const { parent = '' } = volume.attributes
      const dataset = datasetOf(snapshot.volume)
      const inherited = inheritedOf(dataset, rowsOf(await runZfs(propertyWords(dataset), settings, context)))
      const clone = cloneWords(request, inherited, entryFiles(mountEntry(request)))
      const hasParent = await runZfs(['list', '-H', '-o', 'name', parent], settings, context).then(
        () => true,
        () => false,
      )
      // The first attempt tells that there is no parent yet.
      const making = hasParent ? [clone] : [clone, parentWords(parent), clone]
      return [propertyWords(snapshotName(snapshot), dataset), ...making].map(zfs)
    },
    async attach(request) {
      const dataset = cloneName(request)
      const path = entryFiles(mountEntry(request))
      return { commands: [mountPointWords(dataset), ['mount', dataset]].map(zfs), path }
    },
  }
}
