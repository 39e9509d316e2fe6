import { PgforkError } from '../errors/pgfork-error.ts'
import type { ForkRecord, RecordedMoment } from '../records/fork-record.ts'
import type { ForkMoment } from './fork.ts'

/** What a caller is told of a fork's moment. */
export const momentOf = ({ asked, location, timeline, lastCommit, firstExcluded }: RecordedMoment): ForkMoment => ({
  ...{ asked, location, timeline, lastCommit, firstExcluded },
})

/** A reset goes back to the same moment, of which the WAL may tell less than before. */
export function withMoment(fork: ForkRecord, moment: RecordedMoment): ForkRecord {
  const { moment: known } = fork
  if (known === undefined) return { ...fork, moment }
  if (known.location === moment.location && known.timeline === moment.timeline) return fork
  throw new PgforkError(
    'RESET_UNAVAILABLE',
    `The WAL that is there now leads to ${moment.location} on timeline ${moment.timeline}, not to ${known.location} on timeline ${known.timeline}, where the fork ${fork.name} began.`,
    { facts: { name: fork.name, location: known.location, found: moment.location } },
  )
}
