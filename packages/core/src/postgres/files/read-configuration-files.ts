import { dirname, join, resolve } from 'node:path'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { NamedFiles } from '../../files/named-files.ts'
import { parseConfiguration } from './configuration-file.ts'

const deepestInclude = 10

/**
 * The settings that a stopped server would take from its files: the main one with everything it includes, then
 * `postgresql.auto.conf`, the last mention of a name winning (manual, "Setting Parameters").
 */
export async function readConfigurationFiles(
  configurationFile: string,
  dataDirectory: string,
  files: NamedFiles,
): Promise<Record<string, string>> {
  const settings: Record<string, string> = {}
  await collect(configurationFile, 'must exist', 0, { files, settings })
  await collect(join(dataDirectory, 'postgresql.auto.conf'), 'may be missing', 0, { files, settings })
  return settings
}

interface Collection {
  readonly files: NamedFiles
  readonly settings: Record<string, string>
}

async function collect(
  file: string,
  presence: 'must exist' | 'may be missing',
  depth: number,
  collection: Collection,
): Promise<void> {
  const { files, settings } = collection
  if (depth > deepestInclude)
    throw new PgforkError('SETTING_REFUSED', `${file} is included more than ${deepestInclude} levels deep.`)
  const text = await files.readText(file).catch((error: unknown) => {
    // Whatever the reason: so does the server.
    if (presence === 'may be missing') return undefined
    throw unreadable(`The configuration file ${file}`, file, error)
  })
  if (text === undefined && presence === 'must exist')
    throw unreadable(`The configuration file ${file}`, file, 'there is none')
  for (const { name, value } of parseConfiguration(text ?? '')) {
    const included = resolve(dirname(file), value)
    if (name === 'include') await collect(included, 'must exist', depth + 1, collection)
    else if (name === 'include_if_exists') await collect(included, 'may be missing', depth + 1, collection)
    else if (name === 'include_dir') {
      for (const entry of await configurationFilesIn(included, files))
        await collect(entry, 'must exist', depth + 1, collection)
    } else settings[name] = value
  }
}

/** Files of an include_dir that the server reads: `*.conf`, not hidden, in the C locale's order. */
async function configurationFilesIn(directory: string, files: NamedFiles): Promise<string[]> {
  const entries = await files.names(directory).catch((error: unknown) => {
    throw unreadable(`The included ${directory}`, directory, error)
  })
  const names = entries.filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
  return names.sort((one, other) => (one < other ? -1 : 1)).map((name) => join(directory, name))
}

const unreadable = (what: string, file: string, reason: unknown): PgforkError =>
  new PgforkError('SETTING_REFUSED', `${what} cannot be read by the user who owns the source: ${messageOf(reason)}`, {
    hazard: 'H5',
    facts: { file },
    cause: reason,
  })
