import { DatabaseError, escapeIdentifier, escapeLiteral } from 'pg'
import type { Operation } from '../operation/operation.ts'
import type { ImportRecord } from '../records/import-record.ts'
import type { ImportServer } from './import-server.ts'

/** Classes of errors about what was asked for: a value, a name, a state, a feature. */
const refusal = /^(?:22|42|55|0A)/

/**
 * Of the settings of the server elsewhere those that this one, which runs, would start with: another version has others, a service has some of its
 * own, and neither tablespaces nor time zones need be here. With one that it doesn't know, no fork starts.
 */
export async function settingsTakenBy(
  { warn }: Operation,
  { name, major }: ImportRecord,
  server: ImportServer,
  settings: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const taken: Record<string, string> = {}
  await server.query(async (client) => {
    for (const [setting, value] of Object.entries(settings)) {
      const isTaken = await client
        .query(`alter system set ${escapeIdentifier(setting)} = ${escapeLiteral(value)}`)
        .then(
          () => true,
          (error: unknown) => {
            if (!(error instanceof DatabaseError && refusal.test(error.code ?? ''))) throw error
            return false
          },
        )
      if (isTaken) taken[setting] = value
    }
    await client.query('alter system reset all')
  })
  const left = Object.keys(settings).filter((setting) => !(setting in taken))
  if (left.length > 0)
    warn(
      `Forks of ${name} don't have settings of the server elsewhere that PostgreSQL ${major} doesn't take here: ${left.join(', ')}.`,
    )
  return taken
}
