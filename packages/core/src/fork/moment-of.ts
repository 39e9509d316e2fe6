import type { RecordedMoment } from '../records/fork-record.ts'
import type { ForkMoment } from './fork.ts'

/** What a caller is told of a fork's moment. */
export const momentOf = ({ asked, location, timeline, lastCommit, firstExcluded }: RecordedMoment): ForkMoment => ({
  ...{ asked, location, timeline, lastCommit, firstExcluded },
})
