import type { Operation } from '../../operation/operation.ts'
import { isSeeded, standbyStore } from '../../records/standby-record.ts'
import { isReady } from '../../records/transitions.ts'
import { removeStandby } from '../../standby/remove-standby.ts'
import { goOn, removeLeftGenerations } from '../../standby/reseed.ts'
import type { Finder, FinderRules } from './garbage.ts'
import { findRecorded, type Recorded, recordedIn } from './under-lock.ts'
import { whyUnfinished } from './why-unfinished.ts'

const reasons = {
  retired: 'it was seeded anew, and what it had before was not removed',
  next: 'left a new seed of it half done',
}

/** Standbys that were never finished or are half removed, and generations that an ended process was seeding: it may have stopped the one before. A slot goes with its standby. */
export const findAbandonedStandbys: Finder = async (operation, rules) => {
  const names = await standbyStore(operation.state).names()
  return findRecorded(operation, 'standby', names, (name) => findStandby(operation, name, rules))
}

export const findStandby = (operation: Operation, name: string, rules: FinderRules): Promise<Recorded | undefined> =>
  recordedIn(
    standbyStore(operation.state),
    name,
    (record) => whyUnfinished(operation, record, rules, reasons),
    async (record) => {
      if (!isReady(record) || !isSeeded(record)) await removeStandby(operation, record)
      else if (record.next === undefined) await removeLeftGenerations(operation, record)
      else await goOn(operation, record)
    },
  )
