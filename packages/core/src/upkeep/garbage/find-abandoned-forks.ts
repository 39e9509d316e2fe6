import { readActivity } from '../../fork/read-activity.ts'
import { removeFork } from '../../fork/remove-fork.ts'
import type { Operation } from '../../operation/operation.ts'
import { type ForkRecord, forkStore, isStartable } from '../../records/fork-record.ts'
import { isReady } from '../../records/transitions.ts'
import { type Finder, type GarbageRules, type Removable, unreadable } from './garbage.ts'
import { whyEnded } from './why-ended.ts'

/** Forks whose time is over or whose maker has ended, but for those that were finished and are meant to outlive it. */
export const findAbandonedForks: Finder = async (operation, rules) => {
  const store = forkStore(operation.state)
  const found: Removable[] = []
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      const reason = record === undefined ? undefined : await reasonOf(operation, record, rules)
      if (record !== undefined && reason !== undefined)
        found.push({ kind: 'fork', name, reason, remove: () => removeFork(operation, record) })
      if (record === undefined && (await store.isEmpty(name)))
        found.push({
          kind: 'record',
          name,
          reason: 'a power cut took its content',
          remove: () => store.removeEmpty(name),
        })
    } catch (error) {
      found.push(unreadable(name, error))
    }
  }
  return found
}

async function reasonOf(operation: Operation, record: ForkRecord, rules: GarbageRules): Promise<string | undefined> {
  const { status, lifetime, maker, expiresAt, isProtected } = record
  if (isReady(record) && isProtected === true) return undefined
  if (isReady(record) && expiresAt !== undefined && Date.parse(expiresAt) < Date.now())
    return `it expired at ${expiresAt}`
  if (isReady(record) && lifetime === 'persistent')
    return rules.idleMs === undefined ? undefined : idle(operation, record, rules.idleMs)
  const ended = await whyEnded(operation, maker, rules)
  return isReady(record) || ended === undefined ? ended : `${ended}, and left it ${status}`
}

/** One that lets nobody in, so that nobody knows, isn't idle. */
async function idle({ launcher }: Operation, record: ForkRecord, idleMs: number): Promise<string | undefined> {
  if (!isStartable(record)) return undefined
  const isRunning = (await launcher.find(record.server.dataDirectory)) !== undefined
  const activity = await readActivity(record, isRunning).catch(() => undefined)
  if (activity === undefined || activity.sessions > 0) return undefined
  const { lastActiveAt } = activity
  return Date.now() - lastActiveAt.getTime() < idleMs
    ? undefined
    : `nobody is connected to it, and nothing was written in it since ${lastActiveAt.toISOString()}`
}
