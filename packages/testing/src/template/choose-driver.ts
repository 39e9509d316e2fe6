import process from 'node:process'
import { detectDriver, isPgforkError, type OperationOptions, type SnapshotDriver } from '@pgfork/core'
import { overlay } from '@pgfork/driver-overlay'

/**
 * Where a template's storage can only be copied, each server is an overlayfs on one copy, if this user may mount: it takes a third of
 * the time. `undefined` leaves the choice to core.
 *
 * sudo is tried in CI alone: on a computer of a company, an attempt without a password is reported.
 */
export async function chooseDriver(directory: string, session: OperationOptions): Promise<SnapshotDriver | undefined> {
  const { env, platform, geteuid } = process
  if (platform !== 'linux' || (geteuid?.() !== 0 && !env.CI)) return undefined
  const { signal, runner } = session
  const options = { ...(signal && { signal }), ...(runner && { runner }) }
  const { driver } = await detectDriver(directory, undefined, options)
  if (driver.facts.atomicity !== 'none') return undefined
  const mounting = overlay({ volatile: true })
  try {
    await detectDriver(directory, [mounting], options)
    return mounting
  } catch (error) {
    if (isPgforkError(error, 'DRIVER_NOT_APPLICABLE')) return undefined
    throw error
  }
}
