import { readActivity } from '../../fork/read-activity.ts'
import { removeFork } from '../../fork/remove-fork.ts'
import type { Operation } from '../../operation/operation.ts'
import { type ForkRecord, forkStore, isStartable } from '../../records/fork-record.ts'
import { isReady, isRemoving, isUnfinished } from '../../records/transitions.ts'
import { findEmptyRecords } from './find-empty-records.ts'
import type { Finder, FinderRules } from './garbage.ts'
import { findRecorded, type Recorded, recordedIn } from './under-lock.ts'
import { isGone, whyEnded } from './why-ended.ts'

/**
 * Forks whose time is over, whose removal was never finished, or whose maker has ended, but for those that were finished and are
 * meant to outlive it. None that somebody is about at the moment.
 */
export const findAbandonedForks: Finder = async (operation, rules) => {
  const store = forkStore(operation.state)
  const missing: string[] = []
  const found = await findRecorded(operation, 'fork', await store.names(), async (name) => {
    const fork = await findFork(operation, name, rules)
    if (fork === undefined) missing.push(name)
    return fork
  })
  return [...found, ...(await findEmptyRecords(operation, store, missing))]
}

export const findFork = (operation: Operation, name: string, rules: FinderRules): Promise<Recorded | undefined> =>
  recordedIn(
    forkStore(operation.state),
    name,
    (record) => reasonOf(operation, record, rules),
    (record) =>
      removeFork(operation, record, { isGoneElsewhere: isGone(record.server?.process ?? record.maker, rules) }),
  )

async function reasonOf(operation: Operation, record: ForkRecord, rules: FinderRules): Promise<string | undefined> {
  const { status, lifetime, maker, clones, expiresAt, isProtected } = record
  const { onlyDead = false, idleMs, spare } = rules
  if (isRemoving(record) && !onlyDead) return 'its removal failed or was cut off'
  if (!isUnfinished(record) && !isRemoving(record)) {
    if (isProtected === true) return undefined
    if (!onlyDead && expiresAt !== undefined && Date.parse(expiresAt) < Date.now()) return `it expired at ${expiresAt}`
    if (lifetime === 'persistent') return idleMs === undefined ? undefined : idle(operation, record, idleMs)
  }
  if (spare !== undefined && record.server?.dataDirectory === spare) return undefined
  const ended = await whyEnded(operation, { maker, copies: clones }, rules)
  return isReady(record) || ended === undefined ? ended : `${ended}, and left it ${status}`
}

/** One that lets nobody in, so that nobody knows, isn't idle; nor is one whose reset was cut off. */
async function idle({ launcher }: Operation, record: ForkRecord, idleMs: number): Promise<string | undefined> {
  if (!isReady(record) || !isStartable(record)) return undefined
  const { status } = await launcher.find(record.server)
  if (status === 'hidden') return undefined
  const activity = await readActivity(record, status === 'running').catch(() => undefined)
  if (activity === undefined || activity.sessions > 0) return undefined
  const { lastActiveAt } = activity
  return Date.now() - lastActiveAt.getTime() < idleMs
    ? undefined
    : `nobody is connected to it, and nothing was written in it since ${lastActiveAt.toISOString()}`
}
