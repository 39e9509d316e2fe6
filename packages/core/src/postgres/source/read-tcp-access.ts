import { isAbsolute, join } from 'node:path'
import type { Client } from 'pg'
import type { CommandRunner } from '../../command/command-runner.ts'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError } from '../../errors/pgfork-error.ts'
import { namedFiles } from '../../files/named-files.ts'
import { accessFile } from '../files/paths.ts'
import { inheritTcpAccess, type TcpAccess } from '../settings/tcp-access.ts'
import { isRecoveryConflict } from '../sql/recovery-conflict.ts'
import { findConfigurationDirectory } from './last-command-line.ts'
import { type ReadSourceSettingsRequest, readFileSettings } from './read-source-settings.ts'

export interface ReadTcpAccessRequest extends ReadSourceSettingsRequest {
  readonly major: number
  readonly settings: Readonly<Record<string, string>>
}

const mostBytes = 1024 * 1024

/**
 * Whom the source lets in over its own loopback (H29), by what its `pg_hba.conf` says now, which it may have to be told to read. The
 * file is read by the server itself or as the source's owner, who names it (H63).
 */
export const readTcpAccess = (request: ReadTcpAccessRequest, runner: CommandRunner): Promise<TcpAccess> =>
  inheritFrom(() => readAccessFile(request, runner), request)

/** The same of a server on another host, which tells a superuser alone. */
export const askTcpAccess = (
  client: Client,
  server: Pick<ReadTcpAccessRequest, 'major' | 'settings'>,
): Promise<TcpAccess> =>
  inheritFrom(async () => {
    const file = await askForName(client)
    if (file === undefined) throw new Error('only a superuser may read it from another host')
    return readByServer(client, file)
  }, server)

async function inheritFrom(
  readText: () => Promise<string>,
  { major, settings }: Pick<ReadTcpAccessRequest, 'major' | 'settings'>,
): Promise<TcpAccess> {
  try {
    const text = await readText()
    return { rules: inheritTcpAccess(text, { major, hasTls: isOn(settings.ssl) }) }
  } catch (error) {
    if (isRecoveryConflict(error)) throw error
    if (isPgforkError(error) && error.code !== 'COMMAND_FAILED' && error.code !== 'SETTING_REFUSED') throw error
    return { rules: [], unreadable: messageOf(error) }
  }
}

async function readAccessFile(request: ReadTcpAccessRequest, runner: CommandRunner): Promise<string> {
  const { client, major } = request
  const file = client && (await askForName(client))
  if (client === undefined || file === undefined) return readByName(request, runner)
  // Version 10 reads no file outside of its data directory.
  return major > 10 ? readByServer(client, file) : readByName(request, runner)
}

/**
 * A file with a line that the server doesn't take is not read at all: it keeps to the rules that it has, which nothing tells. (It has
 * something to say, too, of lines that it takes and that can't match, such as those for TLS without TLS; only those have a type.)
 */
async function refuseRefused(client: Client): Promise<void> {
  const { rows } = await client.query<{ line: number }>(
    'select line_number as line from pg_hba_file_rules where error is not null and type is null order by line_number limit 1',
  )
  if (rows[0] !== undefined) throw new Error(`line ${rows[0].line} is none that the server takes`)
}

async function readByServer(client: Client, file: string): Promise<string> {
  const { rows } = await client.query<{ content: Buffer | null }>(
    'select pg_read_binary_file($1, 0, $2, true) as content',
    [file, mostBytes + 1],
  )
  const content = rows[0]?.content ?? undefined
  if (content === undefined) throw new Error(`there is no ${file}`)
  if (content.length > mostBytes) throw new Error(`${file} has more than ${mostBytes} bytes`)
  return content.toString('utf8')
}

/** Its name, once its content is known to be in use. Others than superusers may not know it. */
async function askForName(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ file: string }>(
    `select setting as file from pg_settings where name = 'hba_file' and current_setting('is_superuser') = 'on'`,
  )
  if (rows[0] !== undefined) await refuseRefused(client)
  return rows[0]?.file
}

async function readByName(request: ReadTcpAccessRequest, runner: CommandRunner): Promise<string> {
  const { client, directory, owner, elsewhere } = request
  const settings = client === undefined ? request.settings : await readFileSettings(request, runner)
  const files = elsewhere?.files ?? namedFiles(owner, runner)
  const folder = elsewhere?.dataDirectory ?? (await findConfigurationDirectory(directory, files))
  const file = settings.hba_file ?? join(folder, accessFile)
  if (!isAbsolute(file)) throw new Error(`hba_file is ${file}, relative to a directory that isn't known`)
  const text = await files.readText(file)
  if (text === undefined) throw new Error(`there is no ${file}`)
  return text
}

/** As in configuration files, where a beginning of a word is enough. */
const isOn = (value = 'off'): boolean => /^(?:on|1|y|ye|yes|t|tr|tru|true)$/i.test(value)
