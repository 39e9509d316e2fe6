import {
  checkOptions,
  group,
  invalidOption,
  type OptionCheck,
  type OptionShape,
  operationShape,
  optionChecks,
  settingsCheck,
} from '@pgfork/core/companion'
import type { OfContainer } from './container/container-options.ts'
import type { DatabaseOptions } from './fixtures/database-options.ts'
import type { AcquireOptions, PoolOptions } from './pool/pool-options.ts'
import type { PruneTemplatesOptions } from './template/prune-options.ts'
import type { ForkServerOptions } from './template/template.ts'
import type { TemplateOptions } from './template/template-options.ts'

const { abortSignal, callable, databaseName, flag, integer, isText, milliseconds, path } = optionChecks

const many = 10_000
const count = integer(1, many)

const isKeyPart = (part: unknown): boolean =>
  typeof part === 'string' || (typeof part === 'object' && part !== null && 'files' in part)

const key: OptionCheck = (value, option) => {
  if ([value].flat().length === 0 || ![value].flat().every(isKeyPart))
    throw invalidOption(option, "a text, { files: 'migrations/*.sql' }, or an array of such", value)
}

const name: OptionCheck = (value, option) => {
  if (typeof value !== 'string' || !/^(?!.*\.\.)[a-z0-9][a-z0-9._-]{0,23}$/.test(value))
    throw invalidOption(option, '1 to 24 of "a-z 0-9 . _ -", the first a letter or digit, no two dots in a row', value)
}

/** Where the cluster lies, its superuser and its access rules are the template's own. */
const ownWords = [
  ...['pgdata', 'username', 'auth', 'auth-host', 'auth-local', 'waldir', 'pwprompt', 'pwfile'],
  ...['show', 'sync-only', 'help', 'version'],
]
/** The same after letters that stand for no value. */
const ownLetters = /^-[dgknN]*[DUAXWsSV?]/

/** initdb takes the beginning of a long word for the whole of it (getopt_long). */
function isOwnWord(word: string): boolean {
  const [, long] = /^--([^=]+)/.exec(word) ?? []
  return long === undefined ? ownLetters.test(word) : ownWords.some((own) => own.startsWith(long))
}

const initdbOptions: OptionCheck = (value, option) => {
  if (!Array.isArray(value) || !value.every(isText))
    throw invalidOption(option, "words for initdb, such as ['--locale-provider=icu', '--icu-locale=de']", value)
  const own = value.find(isOwnWord)
  if (own !== undefined) throw invalidOption(option, 'without words that belong to the template', own)
}

/** Core tells what it is. */
const source: OptionCheck = () => {}

export const templateShape: OptionShape<TemplateOptions> = {
  key,
  setup: callable,
  source,
  settings: settingsCheck,
  database: databaseName,
  binDirectory: path,
  initdbOptions,
  name,
  directory: path,
  ...operationShape,
}

export const poolShape: OptionShape<PoolOptions> = {
  size: integer(0, many),
  maximum: count,
  concurrency: count,
  acquireTimeoutMs: milliseconds,
}

export const databaseShape: OptionShape<DatabaseOptions & Pick<OfContainer, 'container'>> = {
  ...templateShape,
  container: callable,
  pool: group(poolShape),
  keepFailed: integer(0, many),
}

export const forkServerShape: OptionShape<ForkServerOptions> = { settings: settingsCheck, signal: abortSignal }

export const acquireShape: OptionShape<AcquireOptions> = { signal: abortSignal, timeoutMs: milliseconds }

export const pruneShape: OptionShape<PruneTemplatesOptions> = { all: flag, ...operationShape }

/** What a container's cluster says itself. */
const ofCluster = ['source', 'initdbOptions', 'binDirectory', 'directory'] as const

type Given = Partial<TemplateOptions & Pick<OfContainer, 'container'>>

/** @throws PgforkError `INVALID_OPTION` */
export function checkTemplateOptions<Options extends object>(
  of: string,
  given: Options,
  shape: OptionShape<Options>,
): void {
  checkOptions(of, given, shape)
  const options: Given = given
  if (options.container !== undefined) {
    for (const name of ofCluster)
      if (options[name] !== undefined) throw invalidOption(name, 'left out with a container', options[name])
  } else if (options.key === undefined) key(undefined, 'key', of)
  if (options.source !== undefined && options.initdbOptions !== undefined)
    throw invalidOption('initdbOptions', 'left out with a source, which is initialised already', options.initdbOptions)
}
