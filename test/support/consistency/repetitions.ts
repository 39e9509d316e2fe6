import process from 'node:process'

const isLong = process.env.PGFORK_ORACLE === 'long'

/** How often forks are compared with what was acknowledged: a few times, or as often as `npm run test:oracle` does. */
export const repetitions = (short: number, long: number): number => (isLong ? long : short)

/** A fork under load takes some seconds; a busy machine makes it many. */
export const oracleTimeoutMs = isLong ? 60 * 60_000 : 180_000
