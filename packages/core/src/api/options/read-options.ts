import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { invalidOption } from '../../errors/invalid-option.ts'
import type { AfterStart } from '../../fork/after-start.ts'
import { validateName } from '../../names/validate-name.ts'
import type { BackgroundWorkers } from '../../postgres/settings/background-workers.ts'
import { checkGivenSettings, type Durability } from '../../postgres/settings/fork-settings.ts'
import type { ForkOptions } from './create-fork-options.ts'

/** The options of a fork with their defaults, checked before anything is touched. */
export interface ResolvedForkOptions {
  readonly name: string
  readonly port: number | undefined
  readonly settings: Readonly<Record<string, string>>
  readonly timeline: 'new' | 'keep'
  readonly durability: Durability
  readonly lifetime: 'process' | 'persistent'
  readonly resettable: boolean | undefined
  readonly role: string | undefined
  readonly database: string
  readonly timeToLiveMs: number | undefined
  readonly protect: boolean
  readonly backgroundWorkers: BackgroundWorkers
  readonly afterStart: AfterStart
}

/** @throws PgforkError `INVALID_OPTION`, `INVALID_NAME`, `SETTING_REFUSED` */
export function readForkOptions(options: ForkOptions, sourcePath: string): ResolvedForkOptions {
  return {
    name: options.name === undefined ? randomName(sourcePath) : validateName(options.name),
    port: checkPort(options.port),
    settings: checkGivenSettings(checkSettings(options.settings)),
    timeline: oneOf('timeline', options.timeline, ['new', 'keep']),
    durability: oneOf('durability', options.durability, ['durable', 'throwaway']),
    lifetime: oneOf('lifetime', options.lifetime, ['process', 'persistent']),
    resettable: checkFlag('resettable', options.resettable),
    role: checkText('role', options.role),
    database: checkText('database', options.database) ?? 'postgres',
    timeToLiveMs: checkTimeToLive(options.timeToLiveMs),
    protect: checkFlag('protect', options.protect) ?? false,
    backgroundWorkers: oneOf('backgroundWorkers', options.backgroundWorkers, ['neutralize', 'strict', 'keep']),
    afterStart: readFinishing(options),
  }
}

function readFinishing({ prepare, verify, preparedTransactions, timeline }: ForkOptions): AfterStart {
  const given = typeof verify === 'function' ? { check: verify } : verify
  const { deep = false, check, connect = true } = given ?? {}
  if (prepare !== undefined && typeof prepare !== 'function') throw invalidOption('prepare', 'a function', prepare)
  if (check !== undefined && typeof check !== 'function') throw invalidOption('verify', 'a function', check)
  const finishing: AfterStart = {
    connects: connect,
    prepare,
    verify: check,
    isDeep: deep,
    preparedTransactions: oneOf('preparedTransactions', preparedTransactions, ['keep', 'rollback']),
  }
  if (!connect && (prepare || check || deep || finishing.preparedTransactions === 'rollback' || timeline !== 'keep'))
    throw invalidOption(
      'verify.connect',
      "left out with prepare, verify.check, verify.deep, preparedTransactions: 'rollback' or a new timeline, which need a connection",
      connect,
    )
  return finishing
}

/** A value among the allowed ones, of which the first is the default. */
function oneOf<T extends string>(option: string, value: T | undefined, allowed: readonly [T, ...T[]]): T {
  if (value === undefined) return allowed[0]
  if (allowed.includes(value)) return value
  throw invalidOption(option, allowed.map((one) => `'${one}'`).join(' or '), value)
}

function checkFlag(option: string, value: boolean | undefined): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw invalidOption(option, 'true or false', value)
  return value
}

/** A name in the database, which may hold anything but a zero. */
function checkText(option: string, value: string | undefined): string | undefined {
  if (value !== undefined && (typeof value !== 'string' || value === '' || value.includes('\0')))
    throw invalidOption(option, 'a name', value)
  return value
}

function checkPort(port: number | undefined): number | undefined {
  if (port !== undefined && !(Number.isInteger(port) && port >= 1024 && port <= 65_535))
    throw invalidOption('port', 'an integer from 1024 to 65535', port)
  return port
}

function checkTimeToLive(timeToLiveMs: number | undefined): number | undefined {
  if (timeToLiveMs !== undefined && !(Number.isFinite(timeToLiveMs) && timeToLiveMs > 0))
    throw invalidOption('timeToLiveMs', 'a number of milliseconds above 0', timeToLiveMs)
  return timeToLiveMs
}

function checkSettings(settings: ForkOptions['settings']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings ?? {}).map(([name, value]) => {
      const isText = ['string', 'number', 'boolean'].includes(typeof value) && !String(value).includes('\0')
      if (!isText || Number.isNaN(value)) throw invalidOption(`settings.${name}`, 'a string, number or boolean', value)
      return [name, typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)]
    }),
  )
}

function randomName(sourcePath: string): string {
  const readable = basename(sourcePath)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return `${readable.slice(0, 24) || 'fork'}-${randomBytes(4).toString('hex')}`
}
