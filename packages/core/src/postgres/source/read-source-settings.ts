import { join } from 'node:path'
import type { Client } from 'pg'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { CommandError } from '../../errors/command-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { namedFiles } from '../../files/named-files.ts'
import { readConfigurationFiles } from '../files/read-configuration-files.ts'
import { readServerSettings } from '../settings/read-server-settings.ts'
import { findConfigurationDirectory, settingsOfLastStart } from './last-command-line.ts'
import type { Elsewhere } from './source-options.ts'

export interface ReadSourceSettingsRequest {
  readonly directory: Directory
  readonly binDirectory: string
  readonly client: Client | undefined
  readonly owner: UserIdentity
  /** Of a server whose names for files aren't ours. */
  readonly elsewhere?: Elsewhere | undefined
}

/**
 * The settings of the source: those in force, from the server itself; those that it would start with, where it can't
 * be asked. `postgres -C` resolves one setting a call, so it finds the main file (Debian keeps it in /etc; the last
 * start's command line, which `postmaster.opts` keeps, names it), and that file is read with all it includes.
 *
 * @throws PgforkError `SETTING_REFUSED` where the source itself would not start with its configuration
 */
export async function readSourceSettings(
  request: ReadSourceSettingsRequest,
  runner: CommandRunner,
): Promise<Record<string, string>> {
  const { client, directory, owner, elsewhere } = request
  if (client === undefined) return readFileSettings(request, runner)
  const files = elsewhere?.files ?? namedFiles(owner, runner)
  return readServerSettings(client, (main) =>
    readConfigurationFiles(main, elsewhere?.dataDirectory ?? directory.path, files),
  )
}

/** Those that the files and the last start's command line give. */
export async function readFileSettings(
  { directory, binDirectory, owner, elsewhere }: Omit<ReadSourceSettingsRequest, 'client'>,
  runner: CommandRunner,
): Promise<Record<string, string>> {
  if (elsewhere !== undefined) return readFileSettingsElsewhere(directory, elsewhere)
  const { path: dataDirectory } = directory
  const files = namedFiles(owner, runner)
  const commandLine = settingsOfLastStart(directory)
  const options = Object.entries(commandLine).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const words = ['-D', await findConfigurationDirectory(directory, files), ...options, '-C', 'config_file']
  const { stdout } = await runner
    .run(join(binDirectory, 'postgres'), words, { user: owner })
    .catch((error: unknown) => {
      if (!(error instanceof CommandError) || error.code !== 'COMMAND_FAILED') throw error
      throw new PgforkError(
        'SETTING_REFUSED',
        `The source ${dataDirectory} can't start with its configuration: ${error.stderr.trim()}. Correct it.`,
        { hazard: 'H5', facts: { dataDirectory }, cause: error },
      )
    })
  return { ...(await readConfigurationFiles(stdout.trim(), dataDirectory, files)), ...commandLine }
}

/** Its programs aren't at hand: where its main file is stands on the last start's command line, or it is in the data directory. */
async function readFileSettingsElsewhere(
  directory: Directory,
  { dataDirectory, files }: Elsewhere,
): Promise<Record<string, string>> {
  const commandLine = settingsOfLastStart(directory)
  const main = commandLine.config_file ?? join(dataDirectory, 'postgresql.conf')
  return { ...(await readConfigurationFiles(main, dataDirectory, files)), ...commandLine }
}
