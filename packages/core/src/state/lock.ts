import { basename } from 'node:path'
import type { CommandRunner } from '../command/command-runner.ts'
import { randomCharacters } from '../names/random-characters.ts'
import { identifySelf, type ProcessIdentity } from '../process/process-identity.ts'
import { currentScope } from '../process/process-scope.ts'
import { type ProcessState, processState } from '../process/process-state.ts'
import { waitUntil } from '../process/wait-until.ts'
import { LockFolder } from './lock-folder.ts'
import { formatToken, type LockToken, parseToken } from './lock-token.ts'
import { askWitness, openWitness, type Witness } from './witness.ts'

/** How to wait for a lock. */
export interface LockOptions {
  /** Tells whether its holder still runs, where there is no `/proc`. */
  readonly runner: CommandRunner
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /** Told once when somebody else holds the lock: undefined of a pgfork of another version. */
  readonly onWait?: ((holder: ProcessIdentity | undefined) => void) | undefined
  /** Told once, after two seconds of waiting, for whom, since when, and what can be done. */
  readonly onWarning?: ((message: string) => void) | undefined
}

const warnAfterMs = 2_000

/**
 * Runs an action while no other process, and no other caller in this one, does so under the same lock.
 *
 * A lock is given back by its holder, or taken over when the holder is proven to have ended: by the kernel, which closes its witness,
 * or by its pid (H58, H71). A holder on another machine, of whom nothing can be proven, is waited for; removing the lock's folder
 * ends that.
 *
 * @throws PgforkError `ABORTED` by the signal, `STATE_UNUSABLE`
 */
export async function withLock<T>(folder: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  const lock = new LockFolder(folder)
  const { token, witness } = await acquire(lock, options)
  try {
    return await action()
  } finally {
    try {
      lock.give(token)
    } finally {
      witness?.close()
    }
  }
}

/**
 * The same, unless somebody else holds the lock: then nothing is done.
 *
 * @returns whether the action was run
 */
export async function tryLock(
  folder: string,
  options: Pick<LockOptions, 'runner' | 'signal'>,
  action: () => Promise<void>,
): Promise<boolean> {
  const { runner, signal } = options
  const giveUp = new AbortController()
  const either = signal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, signal])
  try {
    await withLock(folder, { runner, signal: either, onWait: () => giveUp.abort() }, action)
    return true
  } catch (error) {
    if (giveUp.signal.aborted && signal?.aborted !== true) return false
    throw error
  }
}

interface HeldLock {
  readonly token: string
  readonly witness: Witness | undefined
}

async function acquire(lock: LockFolder, { runner, signal, onWait, onWarning }: LockOptions): Promise<HeldLock> {
  const self = await identifySelf(runner)
  const started = performance.now()
  let [isTold, isWarned] = [false, false]
  return waitUntil(
    async () => {
      // A lock that has just been made is looked at again without a pause.
      const name = lock.read() ?? lock.read()
      if (name === undefined) return false
      if (lock.isFree(name)) return take(lock, name, self)
      const token = parseToken(name)
      const state = token === undefined ? 'unknown' : await stateOf(lock, token, runner)
      if (state === 'ended') return take(lock, name, self)
      if (!isTold) onWait?.(token?.holder)
      isTold = true
      if (!isWarned && performance.now() - started > warnAfterMs) {
        onWarning?.(describeWait(lock, name, token, state))
        isWarned = true
      }
      return false
    },
    { what: `The release of ${lock.path}`, timeoutMs: Number.POSITIVE_INFINITY, signal },
  )
}

function take(lock: LockFolder, from: string, holder: ProcessIdentity): HeldLock | undefined {
  const id = randomCharacters(8)
  const witness = openWitness(lock.witnessOf(id))
  const token = formatToken({ holder, id, witness: witness?.file })
  if (!lock.take(from, token)) {
    witness?.close()
    return undefined
  }
  if (!lock.isFree(from)) lock.removeOtherWitnesses(id, parseToken(from)?.id)
  return { token, witness }
}

/** What is proven of the holder. A witness tells more than a pid, also of a thread that has ended within its process. */
async function stateOf(lock: LockFolder, token: LockToken, runner: CommandRunner): Promise<ProcessState> {
  const { holder, id, witness } = token
  if (witness !== undefined && holder.boot === currentScope().boot) {
    const state = await askWitness(lock.witnessOf(id), witness)
    if (state !== 'unknown') return state
  }
  return processState(holder, runner)
}

function describeWait(lock: LockFolder, name: string, token: LockToken | undefined, state: ProcessState): string {
  const since = lock.since(name)?.toISOString() ?? 'a moment ago'
  const what = `Waiting for the lock ${basename(lock.path)}`
  if (token === undefined)
    return `${what}, held since ${since} by a pgfork of another version (${name} in ${lock.path}).`
  const { pid, hostName, machine } = token.holder
  const who = `${what}, held since ${since} by process ${pid} of ${hostName} (machine ${machine})`
  return state === 'running'
    ? `${who}, which still runs. It goes on when that process is done or has ended.`
    : `${who}. Whether that process still runs can't be told from here. If it has ended for certain, remove ${lock.path}.`
}
