import { invalidOption } from '../../errors/invalid-option.ts'
import type { AfterStart } from '../../fork/after-start.ts'
import { readArchives } from '../../fork/archives.ts'
import type { MomentRequest } from '../../fork/recover-to-moment.ts'
import { checkOptions } from '../../options/check-options.ts'
import { type WithDefaults, withDefaults } from '../../options/with-defaults.ts'
import { readMoment } from '../../postgres/moment/moment.ts'
import { checkGivenSettings } from '../../postgres/settings/fork-settings.ts'
import type { CreateForkOptions } from './create-fork-options.ts'
import { forkDefaults } from './defaults.ts'
import { type GivenSource, readSource } from './read-source.ts'
import { createForkShape } from './shapes.ts'

/** The options of a fork with their defaults, checked before anything is touched. */
export interface ResolvedForkOptions
  extends Omit<WithDefaults<CreateForkOptions, typeof forkDefaults>, 'source' | 'settings'> {
  readonly source: GivenSource
  readonly settings: Readonly<Record<string, string>>
  readonly afterStart: AfterStart
  readonly moment: GivenMoment | undefined
}

/** A moment, and the commands of archives that aren't opened yet. */
export interface GivenMoment extends MomentRequest {
  readonly restoreCommands: readonly string[]
}

/** @throws PgforkError `INVALID_OPTION`, `INVALID_NAME`, `SETTING_REFUSED` */
export function readForkOptions(options: CreateForkOptions): ResolvedForkOptions {
  checkOptions('createFork', options, createForkShape)
  const resolved = withDefaults(options, forkDefaults)
  return {
    ...resolved,
    source: readSource(options.source),
    settings: checkGivenSettings(readSettings(options.settings)),
    afterStart: readAfterStart(resolved),
    moment: readMomentRequest(resolved),
  }
}

function readMomentRequest({
  at,
  wal,
  timeline,
}: WithDefaults<CreateForkOptions, typeof forkDefaults>): GivenMoment | undefined {
  const { folders, commands = [] } = readArchives(wal)
  if (at === undefined) {
    const isGiven = wal !== undefined && !(Array.isArray(wal) && wal.length === 0)
    if (isGiven) throw invalidOption('wal', 'left out without at', folders)
    return undefined
  }
  if (timeline === 'keep')
    throw invalidOption(
      'timeline',
      "left out with at: on the source's timeline, the fork would write other WAL in the place of the source's",
      timeline,
    )
  return { wanted: readMoment(at), wal: folders, restoreCommands: commands }
}

function readAfterStart(options: WithDefaults<CreateForkOptions, typeof forkDefaults>): AfterStart {
  const { prepare, verify, preparedTransactions, timeline, role, database } = options
  const given = typeof verify === 'function' ? { check: verify } : verify
  const { deep = false, check, connect = true } = given ?? {}
  if (!connect && (prepare || check || deep || preparedTransactions === 'rollback' || timeline !== 'keep'))
    throw invalidOption(
      'verify.connect',
      "left out with prepare, verify.check, verify.deep, preparedTransactions: 'rollback' or a new timeline, which need a connection",
      connect,
    )
  return { connects: connect, prepare, verify: check, isDeep: deep, preparedTransactions, login: { role, database } }
}

const readSettings = (settings: CreateForkOptions['settings']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings ?? {}).map(([name, value]) => [
      name,
      typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value),
    ]),
  )
