import assert from 'node:assert/strict'
import type { CloneReference, SnapshotDriver, SnapshotReference, Volume } from '@pgfork/core/driver'
import { createContext, type TestContext } from './create-context.ts'
import { makeClone, takeSnapshot } from './verbs.ts'

export interface Pair {
  readonly context: TestContext
  readonly volume: Volume
  readonly snapshot: SnapshotReference
  readonly clone: CloneReference & { readonly path: string }
  /** Removes both, and expects that nothing is left. */
  removeAll(): Promise<void>
}

/** A snapshot of the volume that a directory lies on, and a clone of the same name. */
export async function makePair(driver: SnapshotDriver, directory: string, name: string): Promise<Pair> {
  const context = createContext()
  const volume = await driver.locate(directory, context)
  const snapshot = await takeSnapshot(driver, volume, name, context)
  const clone = await makeClone(driver, snapshot, name, context)
  const removeAll = async (): Promise<void> => {
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
    assert.deepEqual(await driver.list(volume, context), [])
  }
  return { context, volume, snapshot, clone, removeAll }
}
