import type { Client } from 'pg'

type Settings = Readonly<Record<string, string>>

/**
 * The settings that a running server was given by its files, its command line or its environment: what `pg_settings`
 * says is in force, and for what it does not show (settings of libraries that no session has loaded, or overridden for
 * this very role or session) what its files say (H5, H11).
 *
 * @param readFiles for a role that is no superuser, and may not read them by `pg_file_settings`
 */
export async function readServerSettings(
  client: Client,
  readFiles: (configurationFile: string) => Promise<Settings>,
): Promise<Record<string, string>> {
  const inForce = await client.query<{ name: string; value: string | null; source: string }>(
    `select name, reset_val as value, source from pg_settings where source not in ('default', 'override', 'client')`,
  )
  const inFiles = (await askForFiles(client)) ?? (await readFilesOf(client, readFiles))
  const settings: Record<string, string> = { ...inFiles }
  const given = ['configuration file', 'command line', 'environment variable', 'global']
  for (const { name, value, source } of inForce.rows)
    if (given.includes(source) && value !== null) settings[name.toLowerCase()] = value
  return settings
}

const insufficientPrivilege = '42501'

/** Undefined for a role that may not read them. */
async function askForFiles(client: Client): Promise<Settings | undefined> {
  try {
    const { rows } = await client.query<{ name: string; value: string }>(
      'select name, setting as value from pg_file_settings where error is null and setting is not null order by seqno',
    )
    return Object.fromEntries(rows.map(({ name, value }) => [name.toLowerCase(), value]))
  } catch (error) {
    if ((error as { code?: string }).code !== insufficientPrivilege) throw error
    return undefined
  }
}

/** As far as its name may be known and it can be read: what `pg_settings` shows counts for more. */
async function readFilesOf(
  client: Client,
  readFiles: (configurationFile: string) => Promise<Settings>,
): Promise<Settings> {
  const { rows } = await client.query<{ file: string }>(
    `select setting as file from pg_settings where name = 'config_file'`,
  )
  const [row] = rows
  return row === undefined ? {} : readFiles(row.file).catch(() => ({}))
}
