import { isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import {
  type ConfigurationEntry,
  formatConfiguration,
  parseConfiguration,
} from '../postgres/files/configuration-file.ts'
import { configurationFile } from '../postgres/files/paths.ts'
import { socketSetting } from '../postgres/settings/fork-settings.ts'
import type { StartableFork } from '../records/fork-record.ts'

/**
 * That a fork's server will be where its record says: with the file of its settings empty, as a power cut leaves one that nobody flushed
 * (H140), it would listen on PostgreSQL's own port, with a socket in `/tmp` that everybody reaches (H29). Whatever else its owner has written
 * there is his.
 *
 * @throws PgforkError `SETTING_REFUSED`
 */
export function requireOwnSettings({ name, server }: StartableFork): void {
  using directory = Directory.open(server.dataDirectory)
  const entries = [...entriesOf(directory, configurationFile), ...entriesOf(directory, 'postgresql.auto.conf')]
  const own = { port: String(server.port), unix_socket_directories: socketSetting(server.socketDirectory) }
  const missing = Object.entries(own).filter(([setting, value]) => !isSet(entries, setting, value))
  if (missing.length === 0) return
  throw new PgforkError(
    'SETTING_REFUSED',
    `${server.dataDirectory}/${configurationFile} doesn't put the server of the fork ${name} where it belongs, so it isn't started: somebody changed ` +
      'that, or a power cut took what was written. Reset the fork, make a new one, or write again what is missing: ' +
      formatConfiguration(Object.fromEntries(missing)).trimEnd().replaceAll('\n', ', '),
    { hazard: 'H140', facts: { name, settings: missing.map(([setting]) => setting) } },
  )
}

/** The last one counts. What its owner includes may say anything of what stands before it. */
function isSet(entries: readonly ConfigurationEntry[], setting: string, wanted: string): boolean {
  const last = entries.findLast(({ name }) => name === setting || name.startsWith('include'))
  if (last === undefined) return false
  if (last.name !== setting) return true
  // Besides its own, a server may have further sockets.
  return last.value === wanted || last.value.split(',').some((one) => one.trim() === wanted)
}

/** What the owner has put there instead of a file is his: a link, or one that isn't to be read here. */
function entriesOf(directory: Directory, name: string): ConfigurationEntry[] {
  try {
    return parseConfiguration(directory.readText(name) ?? '')
  } catch (error) {
    if (isSystemError(error)) return [{ name: 'include', value: name }]
    throw error
  }
}
