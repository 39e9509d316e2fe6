import { invalidOption } from '../../errors/invalid-option.ts'
import { walArchives } from '../../fork/archives.ts'
import { readKeepRules } from '../../history/keep-rules.ts'
import { validateName } from '../../names/validate-name.ts'
import { operationShape } from '../../operation/operation-shape.ts'
import { group } from '../../options/check-options.ts'
import {
  callable,
  databaseName,
  flag,
  integer,
  isNumber,
  names,
  type OptionCheck,
  type OptionShape,
  oneOf,
  path,
} from '../../options/checks.ts'
import { readMoment } from '../../postgres/moment/moment.ts'
import { settingsCheck } from '../../postgres/settings/settings-check.ts'
import { spaceThresholdShape } from '../../snapshot/check-space.ts'
import type { CreateStandbyOptions, ImportDatabaseOptions } from './copy-options.ts'
import type { CreateForkOptions, ForkOptions } from './create-fork-options.ts'
import type { CreateSnapshotOptions } from './create-snapshot-options.ts'
import type {
  DescribeHistoryOptions,
  HistoryOptions,
  ListChangesOptions,
  RecordHistoryOptions,
} from './history-options.ts'

const name: OptionCheck = (value) => void validateName(value as string)

/** `readSource` tells what it is. */
const source: OptionCheck = () => {}

const verifyShape: OptionShape<Exclude<ForkOptions['verify'], undefined | ((...parameters: never) => unknown)>> = {
  deep: flag,
  check: callable,
  connect: flag,
}
const verifyGroup = group(verifyShape)
const verify: OptionCheck = Object.assign(
  ((value, option, of) => {
    if (typeof value !== 'function') verifyGroup(value, option, of)
  }) satisfies OptionCheck,
  { shape: verifyShape },
)

const namedPolicy = oneOf(['strict', 'neutralize', 'keep'])
const keepShape: OptionShape<Extract<ForkOptions['backgroundWorkers'], object>> = { keep: names }
const keepGroup = group(keepShape)
const backgroundWorkers: OptionCheck = Object.assign(
  ((value, option, of) =>
    (typeof value === 'object' ? keepGroup : namedPolicy)(value, option, of)) satisfies OptionCheck,
  { shape: keepShape },
)

const hundredYearsMs = 100 * 365 * 24 * 60 * 60 * 1000
const timeToLive: OptionCheck = (value, option) => {
  if (!isNumber(value) || value <= 0 || value > hundredYearsMs)
    throw invalidOption(option, 'a number of milliseconds above 0, at most a hundred years', value)
}

const forkShape: OptionShape<ForkOptions> = {
  name,
  port: integer(1024, 65_535),
  settings: settingsCheck,
  timeline: oneOf(['new', 'keep']),
  durability: oneOf(['durable', 'throwaway']),
  lifetime: oneOf(['process', 'persistent']),
  timeToLiveMs: timeToLive,
  protect: flag,
  collectGarbage: flag,
  resettable: flag,
  prepare: callable,
  verify,
  backgroundWorkers,
  preparedTransactions: oneOf(['keep', 'rollback']),
  role: databaseName,
  database: databaseName,
  ...operationShape,
}

const sourceShape: OptionShape<Pick<CreateForkOptions, 'source' | 'checkpoint' | 'spaceThresholds'>> = {
  source,
  checkpoint: flag,
  spaceThresholds: group(spaceThresholdShape),
}

const moment: OptionCheck = (value, option) => void readMoment(value, option)

/** The checks of the options of `createFork`. */
export const createForkShape: OptionShape<CreateForkOptions> = {
  ...sourceShape,
  at: moment,
  wal: walArchives,
  ...forkShape,
}

/** `readServerUrl` tells what it is. */
const from: OptionCheck = () => {}

const copyShape = {
  name,
  from,
  directory: path,
  owner: databaseName,
  passfile: path,
  binDirectory: path,
  ...operationShape,
}

export const createStandbyShape: OptionShape<CreateStandbyOptions> = {
  ...copyShape,
  port: integer(1024, 65_535),
  slot: flag,
  settings: settingsCheck,
  maxBytesPerSecond: integer(32 * 1024, 1024 ** 3),
  primaryIsHere: flag,
}

export const importDatabaseShape: OptionShape<ImportDatabaseOptions> = {
  ...copyShape,
  databases: names,
  withoutExtensions: names,
  jobs: integer(1, 64),
  keep: integer(1, 1000),
  keepOwners: flag,
}

const keep: OptionCheck = (value, option) => void readKeepRules(value, option)

export const recordHistoryShape: OptionShape<RecordHistoryOptions> = {
  source,
  keep,
  directory: path,
  spaceThresholds: group(spaceThresholdShape),
  ...operationShape,
}

export const historyShape: OptionShape<HistoryOptions> = { source, ...operationShape }

export const describeHistoryShape: OptionShape<DescribeHistoryOptions> = { ...historyShape, countCommits: flag }

const place: OptionCheck = (value, option) => {
  const { kind } = readMoment(value, option)
  if (kind !== 'time' && kind !== 'location') throw invalidOption(option, 'a time or a location in the WAL', value)
}

export const listChangesShape: OptionShape<ListChangesOptions> = {
  ...historyShape,
  from: place,
  to: place,
  atLeast: integer(1, Number.MAX_SAFE_INTEGER),
  namesFrom: source,
}

export const createSnapshotShape: OptionShape<CreateSnapshotOptions> = { ...sourceShape, name, ...operationShape }
