import { clearTimeout as clear, setTimeout as set } from 'node:timers'

/** Taken when this is loaded: tests put their own in the place of the global ones (H132), and leave what they had begun to run unended. */
export const [setTimer, clearTimer] = [set, clear]

const { now } = Date

/** Milliseconds since 1970 by the machine's clock. */
export const machineTime = (): number => now()

/** More than two looks at one clock differ by. */
const toleranceMs = 1_000

/** Whether a test has set another time: by that, what other processes have made may seem to be of long ago. */
export const isTimeReplaced = (): boolean => Math.abs(Date.now() - now()) > toleranceMs
