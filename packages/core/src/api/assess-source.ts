import { invalidOption } from '../errors/invalid-option.ts'
import { randomName } from '../names/random-name.ts'
import { startOperation } from '../operation/operation.ts'
import { neutralizeWorkers } from '../postgres/settings/background-workers.ts'
import { sharedBuffersOf } from '../postgres/settings/fork-settings.ts'
import { inheritSettings } from '../postgres/settings/inherit-settings.ts'
import { memoryBytes } from '../postgres/settings/memory-bytes.ts'
import { warningsOfSettings } from '../postgres/settings/warn-of-settings.ts'
import { warningsOfTcpAccess } from '../postgres/settings/warn-of-tcp-access.ts'
import { inspectSource } from '../postgres/source/inspect-source.ts'
import type { Consistency } from '../snapshot/choose-consistency.ts'
import { planSnapshot } from '../snapshot/plan-snapshot.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import type { Space, Volume } from '../storage/driver/snapshot-driver.ts'
import type { CreateForkOptions } from './options/create-fork-options.ts'
import { locateSource } from './options/locate-source.ts'
import { readForkOptions } from './options/read-options.ts'

/** One volume on which the source lies. */
export interface AssessedVolume {
  readonly driver: string
  readonly volume: Volume
  readonly space: Space
}

/** What a fork of a source would be. */
export interface SourceAssessment {
  readonly dataDirectory: string
  /** All folders in which its files lie. */
  readonly folders: readonly string[]
  readonly isStandby: boolean
  /** Why there is no connection to it although it may run. */
  readonly unreachable: string | undefined
  readonly consistency: Consistency
  readonly volumes: readonly AssessedVolume[]
  /** Its forks keep its timeline (H15). */
  readonly hasMinimalWal: boolean
  /** Of a fork, in bytes. */
  readonly sharedBuffers: number | undefined
  /** What of its preloaded libraries is otherwise in a fork, a sentence each (H25, H67). */
  readonly libraries: readonly string[]
  /** What else its forks would be made with a warning of. */
  readonly warnings: readonly string[]
  /** Its forks run in a container. */
  readonly isElsewhere: boolean
}

/**
 * Finds out what `createFork` with these options would: all that it looks at in its steps `inspect` and `plan`, but how full the storage is, and
 * what it warns of later. Of the state directory nothing is used but that it is there.
 *
 * @throws PgforkError what `createFork` throws until then
 */
export async function assessSource(options: CreateForkOptions): Promise<SourceAssessment> {
  const resolved = readForkOptions(options)
  if (resolved.source.kind === 'snapshot') throw invalidOption('source', 'a server', resolved.source.snapshot.name)
  const operation = await startOperation(resolved)
  const { steps, drivers } = operation
  const given = resolved.source
  await using source = await steps.guard(() =>
    steps.run('inspect', async () => inspectSource(await locateSource(given, operation), operation)),
  )
  const { inspection, client } = source
  const plan = await steps.guard(() =>
    steps.run('plan', () => planSnapshot(operation, randomName('doctor'), inspection, client !== undefined)),
  )
  const { dataDirectory, layout, settings, control, isStandby, unreachable } = inspection
  const workers = neutralizeWorkers(inheritSettings(settings).inherited, resolved.backgroundWorkers)
  const measure = async ({ driver, volume, name }: VolumeCopy): Promise<AssessedVolume> => ({
    ...{ driver, volume },
    space: await drivers.space({ driver, volume, name }, operation.driverContext()),
  })
  return {
    ...{ dataDirectory, isStandby, unreachable, consistency: plan.consistency },
    folders: [dataDirectory, ...[...layout.tablespaces, ...(layout.wal ? [layout.wal] : [])].map(({ path }) => path)],
    volumes: await Promise.all(plan.copies.map(measure)),
    hasMinimalWal: control.walLevel === 'minimal',
    sharedBuffers: memoryBytes(sharedBuffersOf(resolved.settings)),
    libraries: workers.changes,
    warnings: [
      ...operation.warnings,
      ...workers.warnings,
      ...warningsOfSettings(resolved.settings),
      ...warningsOfTcpAccess(inspection.tcpAccess),
    ],
    isElsewhere: inspection.place !== undefined,
  }
}
