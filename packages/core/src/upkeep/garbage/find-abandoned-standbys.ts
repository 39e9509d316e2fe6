import type { Operation } from '../../operation/operation.ts'
import { isSeeded, type StandbyRecord, standbyStore } from '../../records/standby-record.ts'
import { isReady, isRemoving } from '../../records/transitions.ts'
import { removeStandby } from '../../standby/remove-standby.ts'
import { removeLeftGenerations } from '../../standby/reseed.ts'
import type { Finder, FinderRules } from './garbage.ts'
import { findRecorded, type Recorded } from './under-lock.ts'
import { whyEnded } from './why-ended.ts'

/** Standbys that were never finished or are half removed, and generations that an ended process was seeding. A slot goes with its standby. */
export const findAbandonedStandbys: Finder = async (operation, rules) => {
  const names = await standbyStore(operation.state).names()
  return findRecorded(operation, 'standby', names, (name) => findStandby(operation, name, rules))
}

export async function findStandby(
  operation: Operation,
  name: string,
  rules: FinderRules,
): Promise<Recorded | undefined> {
  const store = standbyStore(operation.state)
  const record = await store.find(name)
  if (record === undefined) return undefined
  const present = (): Promise<StandbyRecord | undefined> => store.findSame(record)
  return {
    async look() {
      const current = await present()
      return current && reasonOf(operation, current, rules)
    },
    async remove() {
      const current = await present()
      if (current === undefined) return
      if (isReady(current) && isSeeded(current)) await removeLeftGenerations(operation, current)
      else await removeStandby(operation, current)
    },
  }
}

async function reasonOf(operation: Operation, record: StandbyRecord, rules: FinderRules): Promise<string | undefined> {
  const { status, maker, next, retired } = record
  if (isRemoving(record)) return rules.onlyDead === true ? undefined : 'its removal failed or was cut off'
  if (!isReady(record)) {
    const ended = await whyEnded(operation, { maker, copies: [] }, rules)
    return ended && `${ended}, and left it ${status}`
  }
  if (next === undefined)
    return retired.length > 0 ? 'it was seeded anew, and what it had before was not removed' : undefined
  const ended = await whyEnded(operation, { maker: next.maker, copies: [] }, rules)
  return ended && `${ended}, and left a new seed of it half done`
}
