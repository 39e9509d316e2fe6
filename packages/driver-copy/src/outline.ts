import { existsSync } from 'node:fs'
import {
  type CloneRequest,
  type Command,
  consumesEntry,
  type DriverOutline,
  type EntryNames,
  entryFiles,
  type SnapshotRequest,
} from '@pgfork/core/driver'
import { findForeign } from './close-foreign.ts'
import type { Copy } from './copy.ts'
import { commandsOfCopy } from './copy-by-command.ts'
import { planSmallTree } from './copy-small-tree.ts'
import { planTree } from './copy-tree.ts'
import { goesByCommand, hasCommand } from './make-copies.ts'
import { entryOf } from './names.ts'

export const outline: DriverOutline = {
  snapshot: (request) => outlineCopies(request, entryOf),
  clone: outlineClone,
  attach: async (clone) => ({ commands: [], path: entryFiles(entryOf('clone', clone)) }),
}

/** The same for any driver's entries. */
export async function outlineCopies(
  { snapshots, omit = [] }: SnapshotRequest,
  entryOf: EntryNames['entryOf'],
): Promise<Command[]> {
  const commands: Command[] = []
  const last: Command[] = []
  for (const snapshot of snapshots) {
    const { root, copyOnWrite } = snapshot.volume
    const target = entryFiles(entryOf('snapshot', snapshot))
    const copy = { source: root, target, sharesBlocks: copyOnWrite, omit, isLive: true }
    if (await isByCommand(copy)) commands.push(...(await commandsOfCopy(copy)))
    last.push(...findForeign(copy.target, root))
  }
  return [...commands, ...last]
}

/** A snapshot that isn't there yet will hold what its volume does now. */
async function outlineClone(request: CloneRequest): Promise<Command[]> {
  const { consumeSnapshot, volume, snapshot } = request
  const { root } = snapshot.volume
  if (consumeSnapshot === true && (await consumesEntry(root))) return []
  const source = entryFiles(entryOf('snapshot', snapshot))
  const copy: Copy = {
    ...{ source, target: entryFiles(entryOf('clone', request)), omit: [], isLive: false },
    sharesBlocks: volume.attributes.clonesShareBlocks === 'true',
  }
  const looked = existsSync(source) ? copy : { ...copy, source: root }
  if (planSmallTree(looked) !== undefined || !(await isByCommand(looked))) return []
  return commandsOfCopy(looked, source)
}

const isByCommand = async (copy: Copy): Promise<boolean> =>
  hasCommand && (copy.sharesBlocks || goesByCommand(await planTree(copy, undefined)))
