import { createRunner, isPgforkError, type SnapshotDriver, type SourceOptions } from '@pgfork/core'
import type { Context } from '../context/context.ts'
import { describeBytes } from '../output/describe-bytes.ts'
import { type Finding, failed, ok } from './finding.ts'

/** Whether the volume of a server on another host can be forked, and what the key that is used for it may do. */
export async function checkRemote(
  { driver: name, volume }: NonNullable<SourceOptions['volume']>,
  { operation, interruption: { signal } }: Context,
): Promise<Finding[]> {
  const driver = ([operation.driver].flat() as SnapshotDriver[]).find((one) => one.name === name)
  const runner = createRunner()
  const context = { runner, signal, warn: () => {}, progress: () => {} }
  try {
    const found = await driver?.resolve?.({ driver: name, volume }, context)
    if (driver === undefined || found === undefined) return []
    const { data } = await driver.space(found, context)
    const percent = ((100 * data.usedBytes) / data.totalBytes).toFixed(1)
    return [
      ok('source.volume', `${name} finds ${volume}, and who has it open answers.`),
      ok('source.key', 'The key that is used may not shut out the source.'),
      ok('source.space.data', `${percent} % of ${describeBytes(data.totalBytes)} used for data.`),
    ]
  } catch (error) {
    const isOfKey = isPgforkError(error, 'SETTING_REFUSED') || isPgforkError(error, 'PERMISSION_DENIED')
    return [failed(isOfKey ? 'source.key' : 'source.volume', error, `See docs/drivers/${name}.md.`)]
  }
}
