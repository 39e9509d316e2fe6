import { join } from 'node:path'
import { invalidOption } from '../../errors/invalid-option.ts'
import { type OperationOptions, startOperation } from '../../operation/operation.ts'
import { operationShape } from '../../operation/operation-shape.ts'
import { checkOptions } from '../../options/check-options.ts'
import { flag, isNumber, type OptionShape } from '../../options/checks.ts'
import { restoreClaims } from '../../records/restore-claims.ts'
import { withLock } from '../../state/lock.ts'
import { findAbandonedFetches } from './find-abandoned-fetches.ts'
import { findAbandonedForks } from './find-abandoned-forks.ts'
import { findAbandonedImports } from './find-abandoned-imports.ts'
import { findAbandonedSnapshots } from './find-abandoned-snapshots.ts'
import { findAbandonedStandbys } from './find-abandoned-standbys.ts'
import { findClaims } from './find-claims.ts'
import { findLocks } from './find-locks.ts'
import { findTemporaryFiles } from './find-temporary-files.ts'
import type { Finder, Garbage, GarbageRules, Removable } from './garbage.ts'
import { isHere } from './why-ended.ts'

export interface CollectGarbageOptions extends OperationOptions, GarbageRules {
  /** Only reports what would be removed. Default false. */
  readonly dryRun?: boolean
}

const shape: OptionShape<CollectGarbageOptions> = {
  ...operationShape,
  dryRun: flag,
  idleMs: (value, option) => {
    if (!isNumber(value) || value < 0) throw invalidOption(option, 'milliseconds, 0 or more', value)
  },
  goneMachines: (value, option) => {
    if (!Array.isArray(value) || value.some((name) => typeof name !== 'string' || isHere(name)))
      throw invalidOption(option, 'names that a warning gave, none of them of the machine that collects', value)
  },
}

/** What was found, and what became of it. */
export interface CollectedGarbage extends Garbage {
  readonly isRemoved: boolean
  /** Why it could not be removed. The next collection tries again. */
  readonly failure: unknown
}

/** Forks before snapshots, which they may need; numbers last, which they hold. */
const finders: readonly Finder[] = [
  findAbandonedForks,
  findAbandonedSnapshots,
  findAbandonedStandbys,
  findAbandonedImports,
  findAbandonedFetches,
  findClaims,
  findLocks,
  findTemporaryFiles,
]

/**
 * Removes what processes left behind that have ended, however they ended: forks that were not to outlive them or were
 * never finished, their snapshots, ports and timelines. Everything goes by the records of this state directory, which are
 * written before anything is made: nothing else is touched, nor anything of a process that lives.
 *
 * Collections of several processes run one after another.
 *
 * @returns what was found, and what became of it
 * @throws PgforkError `STATE_UNUSABLE`, `INVALID_OPTION`
 */
export async function collectGarbage(options: CollectGarbageOptions = {}): Promise<CollectedGarbage[]> {
  checkOptions('collectGarbage', options, shape)
  const operation = await startOperation(options)
  const { runner, signal, state, warn: onWarning } = operation
  return withLock(join(state.locks, 'garbage'), { runner, signal, onWarning }, async () => {
    await restoreClaims(state)
    const collected: CollectedGarbage[] = []
    for (const find of finders)
      for (const found of await find(operation, options)) collected.push(await collect(found, options.dryRun === true))
    return collected
  })
}

async function collect({ remove, ...garbage }: Removable, isDryRun: boolean): Promise<CollectedGarbage> {
  if (isDryRun) return { ...garbage, isRemoved: false, failure: undefined }
  try {
    await remove()
    return { ...garbage, isRemoved: true, failure: undefined }
  } catch (failure) {
    return { ...garbage, isRemoved: false, failure }
  }
}
