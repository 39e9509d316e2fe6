import { type CloneReference, type CloneRequest, cloneEntry, type DriverContext, entryFiles } from '@pgfork/core/driver'
import { makeCopies } from './make-copies.ts'
import { entryOf } from './names.ts'

interface Unfinished {
  readonly rest: Promise<unknown>
  readonly giveUp: AbortController
}

/** What this process still copies, by the paths of clones. A clone that another process was making is not to be finished, but removed. */
const unfinished = new Map<string, Unfinished>()

/** A clone is a copy of the snapshot, or the snapshot itself where it may be consumed. */
export async function cloneSnapshot(request: CloneRequest, context: DriverContext): Promise<void> {
  const { later, last, volume, snapshot, consumeSnapshot } = request
  const sharesBlocks = volume.attributes.clonesShareBlocks === 'true'
  const clone = entryOf('clone', request)
  const giveUp = new AbortController()
  const signals = [giveUp.signal, ...(context.signal === undefined ? [] : [context.signal])]
  await cloneEntry(
    {
      snapshot: entryOf('snapshot', snapshot),
      clone,
      mayConsume: () => consumeSnapshot === true,
      async makeFiles({ files }, target) {
        const copy = {
          source: files,
          target,
          sharesBlocks,
          omit: [],
          isLive: false,
          ...(later && { later }),
          ...(last && { last }),
        }
        const { rest } = await makeCopies([copy], { ...context, signal: AbortSignal.any(signals) })
        if (later !== undefined) unfinished.set(entryFiles(clone), { rest, giveUp })
      },
    },
    context,
  )
}

export async function finishClone(clone: CloneReference): Promise<void> {
  const path = entryFiles(entryOf('clone', clone))
  await unfinished.get(path)?.rest
  unfinished.delete(path)
}

/** What is about to be removed gets no more files. */
export async function abandonClone(clone: CloneReference): Promise<void> {
  const path = entryFiles(entryOf('clone', clone))
  const { rest, giveUp } = unfinished.get(path) ?? {}
  giveUp?.abort()
  await Promise.allSettled([rest])
  unfinished.delete(path)
}
