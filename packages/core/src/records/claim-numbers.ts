import { claimPort } from '../state/claim-port.ts'
import { claimTimeline } from '../state/claim-timeline.ts'
import { restoreClaims } from './restore-claims.ts'

/** As `claimPort`, and none that the record of another fork names (H73). */
export const claimForkPort: typeof claimPort = async (state, ...request) => {
  await restoreClaims(state)
  return claimPort(state, ...request)
}

/** As `claimTimeline`, and none that the record of another fork names (H73). */
export const claimForkTimeline: typeof claimTimeline = async (state, ...request) => {
  await restoreClaims(state)
  return claimTimeline(state, ...request)
}
