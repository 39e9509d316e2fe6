import { isAbsolute, join } from 'node:path'
import type { Directory } from '../../files/directory.ts'
import type { NamedFiles } from '../../files/named-files.ts'
import { readLastStart } from '../files/last-start.ts'

/** As the server noted it: `postgres "-D" "/data" "-c" "name=value"`. */
const wordsOf = (dataDirectory: Directory): string[] =>
  [...readLastStart(dataDirectory).matchAll(/"([^"]*)"/g)].map((match) => match[1] as string)

/** The settings on the last start's command line. */
export function settingsOfLastStart(dataDirectory: Directory): Record<string, string> {
  const words = wordsOf(dataDirectory)
  const settings: Record<string, string> = {}
  for (const [index, word] of words.entries()) {
    const assignment = word === '-c' ? words[index + 1] : word.startsWith('--') ? word.slice(2) : undefined
    const [, name, value] = /^([A-Za-z_][\w.-]*)=(.*)$/s.exec(assignment ?? '') ?? []
    if (name !== undefined && value !== undefined) settings[name.replaceAll('-', '_').toLowerCase()] = value
  }
  return settings
}

/**
 * Where the last start looked for the configuration: `-D` may name a directory that only holds its files, whose setting
 * `data_directory` leads to the data (manual, "File Locations").
 */
export async function findConfigurationDirectory(dataDirectory: Directory, files: NamedFiles): Promise<string> {
  const words = wordsOf(dataDirectory)
  const given = words.includes('-D') ? words[words.indexOf('-D') + 1] : undefined
  if (given === undefined || !isAbsolute(given) || given === dataDirectory.path) return dataDirectory.path
  const read = (name: string): Promise<string | undefined> => files.readText(join(given, name)).catch(() => undefined)
  // The data directory itself by another path, or before it was moved or copied, is a cluster.
  const [version, configuration] = await Promise.all([read('PG_VERSION'), read('postgresql.conf')])
  return version === undefined && configuration !== undefined ? given : dataDirectory.path
}
