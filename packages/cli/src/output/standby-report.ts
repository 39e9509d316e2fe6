import type { Standby, StandbyStatus } from '@pgfork/core'
import { describeDuration } from './describe-duration.ts'

/** For JSON. */
export const describeStandby = ({ name, directory, major, port, dataDirectory, connectionString }: Standby) => ({
  ...{ name, directory, major, port, dataDirectory, connectionString },
})

export const describeLag = ({ lagBytes, lagSeconds }: StandbyStatus): string => {
  if (lagBytes === undefined)
    return lagSeconds === undefined ? '-' : `the last commit is ${describeDuration(lagSeconds * 1000)} old`
  const age = lagSeconds === undefined ? '' : `, ${describeDuration(lagSeconds * 1000)}`
  return `${lagBytes.toLocaleString('en-US')} bytes${age}`
}
