import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CollectedGarbage,
  type CommandRunner,
  createRunner,
  type ForkSummary,
  type OperationOptions,
  openFork,
} from '@pgfork/core'
import { findStateDirectory, openStateDirectory, type RecordStore, withLock } from '@pgfork/core/companion'
import { findFork } from '../output/fork-report.ts'
import { type BranchRecord, branchFolder, isForkOf, listBranchRecords, openBranchStore } from './branch-record.ts'
import { whyGone } from './why-gone.ts'

/**
 * Removes forks whose branch or worktree is proven to be gone, and the records of such. Protected ones stay, and so do those of
 * a repository that isn't found: `onWarning` is told of them.
 */
export async function collectGoneBranches(
  operation: OperationOptions,
  { dryRun }: { readonly dryRun: boolean },
): Promise<CollectedGarbage[]> {
  if (!existsSync(branchFolder(findStateDirectory(operation.stateDirectory)))) return []
  const runner = createRunner()
  const store = await openBranchStore(operation.stateDirectory)
  const collected: CollectedGarbage[] = []
  for (const record of await listBranchRecords(store)) {
    const { name } = record
    const fork = await findOwn(record, operation)
    const fate = await whyGone(record, runner)
    if (fate.is === 'unknown' && fork !== undefined) operation.onWarning?.(keptBecause(name, fate.reason))
    if (fate.is !== 'gone' || fork?.isProtected === true) continue
    const garbage = { kind: fork === undefined ? 'record' : 'fork', name, reason: fate.reason } as const
    const outcome = dryRun ? { isRemoved: false, failure: undefined } : await remove(name, store, operation, runner)
    collected.push({ ...garbage, ...outcome })
  }
  return collected
}

const keptBecause = (name: string, reason: string): string =>
  `Nobody can tell whether the fork ${name} is still needed: ${reason}. It stays. Destroy it (pgfork destroy ${name}), or run pgfork create --for-branch in its worktree, which makes it known.`

async function findOwn(record: BranchRecord, operation: OperationOptions): Promise<ForkSummary | undefined> {
  const found = await findFork(record.name, operation)
  return found !== undefined && isForkOf(record, found) ? found : undefined
}

async function remove(
  name: string,
  store: RecordStore<BranchRecord>,
  operation: OperationOptions,
  runner: CommandRunner,
): Promise<Pick<CollectedGarbage, 'isRemoved' | 'failure'>> {
  const { locks } = await openStateDirectory(operation.stateDirectory)
  const { signal } = operation
  try {
    const isRemoved = await withLock(join(locks, `branch-${name}`), { runner, signal }, async () => {
      // The branch may have come back meanwhile, and its fork with it.
      const record = await store.find(name)
      if (record === undefined || (await whyGone(record, runner)).is !== 'gone') return false
      if ((await findOwn(record, operation)) !== undefined) await (await openFork(name, operation)).destroy()
      await store.remove(name)
      return true
    })
    return { isRemoved, failure: undefined }
  } catch (failure) {
    return { isRemoved: false, failure }
  }
}
