import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { formatLocation } from '../files/location.ts'
import { describeMoment, type WantedMoment } from './moment.ts'
import { unknownBegin } from './unfinished-removals.ts'

/** @param begin where it began */
export function removalUnderWay(wanted: WantedMoment, begin: number): PgforkError {
  const asked = describeMoment(wanted)
  const isKnown = begin !== unknownBegin
  const location = formatLocation(begin)
  return new PgforkError(
    'MOMENT_NOT_COVERED',
    `At ${asked}, a DROP DATABASE or DROP TABLESPACE was under way that had removed files before it was committed, so that no fork holds just what ` +
      `had been. ${isKnown ? `The last moment before is '${location}'; others had committed since` : 'It had begun before the snapshot: use an older one'}.`,
    {
      hazard: 'H104',
      facts: {
        asked,
        nearestBefore: isKnown ? { location, time: undefined } : undefined,
        nearestAfter: undefined,
        removal: isKnown ? 'known' : 'older',
      },
    },
  )
}

/** Whether WAL leads there, and no fork is made all the same. */
export const isRemovalUnderWay = (error: unknown): boolean =>
  isPgforkError(error, 'MOMENT_NOT_COVERED') && error.facts.removal !== undefined

/** Whether an older snapshot may lead there. */
export const isRemovalOfBefore = (error: unknown): boolean =>
  isPgforkError(error, 'MOMENT_NOT_COVERED') && error.facts.removal === 'older'
