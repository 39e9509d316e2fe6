import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { parseConfiguration } from './configuration-file.ts'

const deepestInclude = 10

/**
 * The settings that a stopped server would take from its files: the main one with everything it includes, then
 * `postgresql.auto.conf`, the last mention of a name winning (manual, "Setting Parameters").
 */
export async function readConfigurationFiles(
  configurationFile: string,
  dataDirectory: string,
): Promise<Record<string, string>> {
  const settings: Record<string, string> = {}
  await collect(configurationFile, settings, 'must exist', 0)
  await collect(join(dataDirectory, 'postgresql.auto.conf'), settings, 'may be missing', 0)
  return settings
}

async function collect(
  file: string,
  settings: Record<string, string>,
  presence: 'must exist' | 'may be missing',
  depth: number,
): Promise<void> {
  if (depth > deepestInclude)
    throw new PgforkError('SETTING_REFUSED', `${file} is included more than ${deepestInclude} levels deep.`)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (presence === 'may be missing' && isSystemError(error, 'ENOENT')) return ''
    throw new PgforkError('SETTING_REFUSED', `The configuration file ${file} cannot be read: ${messageOf(error)}`, {
      hazard: 'H5',
      facts: { file },
      cause: error,
    })
  })
  for (const { name, value } of parseConfiguration(text)) {
    const included = resolve(dirname(file), value)
    if (name === 'include') await collect(included, settings, 'must exist', depth + 1)
    else if (name === 'include_if_exists') await collect(included, settings, 'may be missing', depth + 1)
    else if (name === 'include_dir') {
      for (const entry of await configurationFilesIn(included)) await collect(entry, settings, 'must exist', depth + 1)
    } else settings[name] = value
  }
}

/** Files of an include_dir that the server reads: `*.conf`, not hidden, in the C locale's order. */
async function configurationFilesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory).catch((error: unknown) => {
    throw new PgforkError('SETTING_REFUSED', `The included ${directory} cannot be read: ${messageOf(error)}`, {
      hazard: 'H5',
      facts: { file: directory },
      cause: error,
    })
  })
  const names = entries.filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
  return names.sort((one, other) => (one < other ? -1 : 1)).map((name) => join(directory, name))
}
