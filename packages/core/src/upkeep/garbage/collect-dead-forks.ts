import { join } from 'node:path'
import { boundRunner } from '../../command/bound-runner.ts'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError } from '../../errors/pgfork-error.ts'
import type { Operation } from '../../operation/operation.ts'
import { abortable } from '../../process/abortable.ts'
import { restoreClaims } from '../../records/restore-claims.ts'
import { tryLock } from '../../state/lock.ts'
import { findAbandonedForks, findFork } from './find-abandoned-forks.ts'
import { findAbandonedSnapshots, findSnapshot } from './find-abandoned-snapshots.ts'
import type { FinderRules, Removable } from './garbage.ts'

export interface DeadForksOptions {
  /** The source of a fork that is being made: what has this data directory stays. */
  readonly spare?: string | undefined
}

/** How much longer than without a collection a fork may take. */
const graceMs = 500

/**
 * Removes, beside an operation, what processes of this machine, boot and PID namespace have left that are proven to have ended (H71):
 * forks that were not to outlive them, and what they were making. `collectGarbage` takes more for garbage. Where somebody collects
 * already, nothing is done. A failure is a warning; nothing here throws.
 *
 * @returns what ends the collection when it is disposed of: nothing more is begun, and a removal that takes long is cut off, for the
 * next collection to go on with
 */
export function collectDeadForks(operation: Operation, options: DeadForksOptions = {}): AsyncDisposable {
  const { signal } = operation
  const giveUp = new AbortController()
  let isOver = false
  const cutOff = (): void => {
    isOver = true
    giveUp.abort()
  }
  signal?.addEventListener('abort', cutOff, { once: true })
  if (signal?.aborted === true) cutOff()
  const collecting = collect(quietly(operation, giveUp.signal), options, () => isOver)
  return {
    async [Symbol.asyncDispose]() {
      isOver = true
      await settled(collecting)
      cutOff()
      await settled(collecting)
      signal?.removeEventListener('abort', cutOff)
    },
  }
}

/** Whether the fork of this name is one of those. */
export async function isDeadFork(operation: Operation, name: string): Promise<boolean> {
  const fork = await findFork(quietly(operation, operation.signal), name, rulesOf({}))
  return (await fork?.look()) !== undefined
}

/** Removes what an ended process has left of one name, by whoever has the lock of that name. A failure is a warning. */
export async function removeDeadFork(operation: Operation, name: string, options: DeadForksOptions): Promise<void> {
  const quiet = quietly(operation, operation.signal)
  try {
    for (const find of [findFork, findSnapshot]) {
      const found = await find(quiet, name, rulesOf(options))
      if (found === undefined || (await found.look()) === undefined) continue
      await restoreClaims(operation.state)
      await found.remove()
    }
  } catch (error) {
    warnOf(operation, name, error)
  }
}

const rulesOf = ({ spare }: DeadForksOptions): FinderRules => ({ onlyDead: true, spare })

async function collect(operation: Operation, options: DeadForksOptions, isOver: () => boolean): Promise<void> {
  const { state, runner } = operation
  try {
    const found = await findDead(operation, rulesOf(options))
    if (found.length === 0) return
    await tryLock(join(state.locks, 'garbage'), { runner, signal: operation.signal }, async () => {
      await restoreClaims(state)
      for (const { name, remove } of found) {
        if (isOver()) return
        await remove().catch((error: unknown) => warnOf(operation, name, error))
      }
    })
  } catch (error) {
    warnOf(operation, undefined, error)
  }
}

/** Forks before snapshots, which they may need. What can't be read may be of a newer pgfork, which knows when it is dead. */
async function findDead(operation: Operation, rules: FinderRules): Promise<Removable[]> {
  const forks = await findAbandonedForks(operation, rules)
  const snapshots = await findAbandonedSnapshots(operation, rules)
  return [...forks, ...snapshots].filter(({ kind }) => kind !== 'record')
}

/** The same operation for what it has not been asked for: with its own end, without its progress, and silent on makers elsewhere. */
function quietly(operation: Operation, signal: AbortSignal | undefined): Operation {
  const { runner, warn } = operation.cleanupContext()
  const bounded = boundRunner(runner, { signal })
  const context = { runner: bounded, ...(signal === undefined ? {} : { signal }), warn, progress: () => {} }
  return { ...operation, runner: bounded, signal, warn: () => {}, cleanupContext: () => context }
}

/** Not of what was given up, nor of what something else still needs: it is no harm that it is there a while longer. */
function warnOf({ cleanupContext, signal }: Operation, name: string | undefined, error: unknown): void {
  if (signal?.aborted === true || isPgforkError(error, 'BUSY')) return
  const what = name === undefined ? 'What ended processes left' : `${name}, which an ended process left,`
  cleanupContext().warn(`${what} could not be removed: ${messageOf(error)} collectGarbage() tries it again.`)
}

/** Waits for it as long as a fork may wait. */
const settled = (collecting: Promise<void>): Promise<void> =>
  abortable(collecting, { what: 'The collection', timeoutMs: graceMs }).catch(() => {})
