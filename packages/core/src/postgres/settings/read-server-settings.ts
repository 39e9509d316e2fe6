import type { Client } from 'pg'

const insufficientPrivilege = '42501'

/**
 * The settings that a running server was given by its files, its command line or its environment: what `pg_settings`
 * says is in force, and for what it does not show (settings of libraries that no session has loaded, or overridden for
 * this very role) what `pg_file_settings` says (H5, H11).
 */
export async function readServerSettings(client: Client): Promise<Record<string, string>> {
  const inForce = await client.query<{ name: string; value: string | null; source: string }>(
    `select name, reset_val as value, source from pg_settings where source not in ('default', 'override', 'client')`,
  )
  const inFiles = await client
    .query<{ name: string; value: string }>(
      'select name, setting as value from pg_file_settings where error is null and setting is not null order by seqno',
    )
    // Only a superuser may read the files; pg_monitor sees pg_settings alone.
    .catch((error: unknown) => {
      if ((error as { code?: string }).code === insufficientPrivilege) return { rows: [] }
      throw error
    })
  const settings: Record<string, string> = {}
  for (const { name, value } of inFiles.rows) settings[name.toLowerCase()] = value
  const given = ['configuration file', 'command line', 'environment variable', 'global']
  for (const { name, value, source } of inForce.rows)
    if (given.includes(source) && value !== null) settings[name.toLowerCase()] = value
  return settings
}
