import { type DriverContext, ignore, isPgforkError, PgforkError } from '@pgfork/core/driver'
import type { Question } from './ask-monitors.ts'
import { runCeph } from './command.ts'
import type { DriverSettings } from './options.ts'

/** What is asked to find out what a key may. */
const probeWords = (): readonly string[] => ['osd', 'blocklist', 'add', nobody, seconds]

/** The same, as the monitors are told it. */
export const probeQuestion = (): Question => ({
  prefix: 'osd blocklist',
  ...{ blocklistop: 'add', addr: nobody, expire: Number(seconds) },
})

/** Whether that is what the cluster returned (EACCES). */
export const isRefusal = (returned: number): boolean => returned === -13

/** Nobody has it: it is kept for documentation (RFC 5737). */
const nobody = '192.0.2.1:0/1'
const seconds = '1'

/**
 * H98: refuses a key that may shut out other clients. With one, a snapshot of a source whose client hangs, or its removal, ends that source's writing for
 * good; without, it fails. No command tells what a key may, so an address that nobody has is shut out for a second. Asked once for each object of the
 * driver.
 *
 * @throws PgforkError `SETTING_REFUSED`
 */
export async function refuseWideKey(settings: DriverSettings, context: DriverContext): Promise<void> {
  const { memory, user = 'admin' } = settings
  if (memory.keyIsNarrow) return
  try {
    await runCeph('ceph', probeWords(), settings, context)
  } catch (error) {
    if (!isPgforkError(error, 'PERMISSION_DENIED')) throw error
    memory.keyIsNarrow = true
    return
  }
  await runCeph('ceph', ['osd', 'blocklist', 'rm', nobody], settings, context).catch(ignore('PERMISSION_DENIED'))
  throw new PgforkError(
    'SETTING_REFUSED',
    `The key of client.${user} may shut out other clients: a snapshot of a source that hangs for a moment, or its removal, would end its writing for good. ` +
      "Make a key that may not, with mon 'allow r' and the rights in docs/drivers/rbd.md, and name it in the driver's option user.",
    { hazard: 'H98', facts: { user } },
  )
}
