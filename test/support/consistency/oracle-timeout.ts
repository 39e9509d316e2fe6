import { byExtent } from '../extent.ts'

/** A fork under load takes some seconds; a busy machine makes it many. */
export const oracleTimeoutMs = byExtent(600_000, 600_000, 60 * 60_000)
