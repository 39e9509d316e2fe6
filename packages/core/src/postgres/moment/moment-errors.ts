import { PgforkError } from '../../errors/pgfork-error.ts'
import { formatLocation } from '../files/location.ts'
import { describeReachable, type ReachableMoment } from '../wal/read-end.ts'
import type { WalEnd } from '../wal/read-records.ts'
import { describeMoment, type WantedMoment } from './moment.ts'

export function momentTooEarly(wanted: WantedMoment, earliest: ReachableMoment): PgforkError {
  const asked = describeMoment(wanted)
  return new PgforkError(
    'MOMENT_NOT_COVERED',
    `${asked} is before the snapshot, whose first moment is ${describeReachable(earliest)}. Use an older snapshot.`,
    { facts: { asked, nearestBefore: undefined, nearestAfter: earliest } },
  )
}

/** The WAL of a snapshot, in which a moment was looked for in vain. */
export interface SearchedWal {
  readonly earliest: ReachableMoment
  readonly latest: ReachableMoment
  readonly end: WalEnd
  /** A segment behind the end, before which others are missing. */
  readonly nextSegment: string | undefined
  /** The wanted transaction was. */
  readonly wasRolledBack: boolean
}

export function momentMissing(wanted: WantedMoment, searched: SearchedWal): PgforkError {
  const { earliest, latest, end, nextSegment, wasRolledBack } = searched
  const asked = describeMoment(wanted)
  const range = `from ${describeReachable(earliest)} to ${describeReachable(latest)}`
  const why =
    nextSegment === undefined
      ? ''
      : ` Behind that, WAL is missing (${end.reason}); it goes on only with the segment ${nextSegment}, which no fork of this snapshot reaches.`
  const facts = { asked, gap: { location: formatLocation(end.location), reason: end.reason, nextSegment } }
  if (wanted.kind === 'time' || wanted.kind === 'location')
    return new PgforkError(
      'MOMENT_NOT_COVERED',
      `${asked} isn't covered: the snapshot and the WAL that was found reach ${range}.${why} Name an archive that has more of it: wal.`,
      { facts: { ...facts, nearestBefore: latest, nearestAfter: undefined } },
    )
  const what = wasRolledBack
    ? `transaction ${'transaction' in wanted ? wanted.transaction : ''} was rolled back, so that it has no commit`
    : `${asked} isn't found`
  return new PgforkError('MOMENT_NOT_FOUND', `In the WAL ${range}, ${what}.${why}`, {
    facts: { ...facts, nearestBefore: earliest, nearestAfter: latest, wasRolledBack },
  })
}

/** Of restore points, which may have the same name. */
export function ambiguousMoment(wanted: WantedMoment, locations: readonly string[]): PgforkError {
  const asked = describeMoment(wanted)
  return new PgforkError(
    'MOMENT_NOT_FOUND',
    `There are ${locations.length} of ${asked}, which end at ${locations.join(', ')}. Give one of these locations.`,
    { facts: { asked, locations } },
  )
}

/** What led to a moment when it was looked at, and doesn't any more. @param found what is left of it */
export const walUsedAgain = (stop: number, found: string, facts: Readonly<Record<string, unknown>> = {}): PgforkError =>
  new PgforkError(
    'MOMENT_NOT_COVERED',
    `The WAL up to ${formatLocation(stop)} was there, and when it had been copied, ${found}: the source uses its segments again, and what its ` +
      'history keeps goes by rules. Try again, with a higher wal_keep_size or a folder with archived WAL: wal.',
    { facts: { location: formatLocation(stop), ...facts } },
  )
