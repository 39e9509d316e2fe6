import { type DriverOutline, entryFiles } from '@pgfork/core/driver'
import { outlineCopies } from '@pgfork/driver-copy/companion'
import { overlayWords } from './mount-overlay.ts'
import { entryOf, layersOf } from './names.ts'
import type { Settings } from './options.ts'

export const outlineOf = ({ prefix }: Settings): DriverOutline => ({
  snapshot: (request) => outlineCopies(request, entryOf),
  clone: async () => [],
  async attach(request) {
    const clone = entryOf('clone', request)
    const path = entryFiles(clone)
    const lower = entryFiles(entryOf('snapshot', request.snapshot))
    const isVolatile = request.volume.attributes.volatile === 'true'
    const words = overlayWords({ lower, ...layersOf(clone), mountPoint: path, isVolatile })
    return { commands: [[...prefix, 'mount', ...words]], path }
  },
})
