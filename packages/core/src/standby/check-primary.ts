import { inspectServer, type ServerFacts } from '../elsewhere/inspect-server.ts'
import { type Reach, withReplication, withSession } from '../elsewhere/open-sessions.ts'
import { readDatabaseBytes } from '../elsewhere/read-database-bytes.ts'
import { type IdentifiedServer, identifyServer } from '../elsewhere/replication.ts'
import { describeAddress } from '../elsewhere/server-address.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'

export interface Primary extends ServerFacts, IdentifiedServer {
  /** Of all its databases; undefined where the role may not look at all. */
  readonly databaseBytes: number | undefined
}

/**
 * Looks at a server that a standby is to follow, and refuses what would harm it or can't be followed.
 *
 * @throws PgforkError `ACCESS_REFUSED`, `CONNECTION_REQUIRED`, `SETTING_REFUSED`, `VERSION_MISMATCH`
 */
export async function checkPrimary(
  reach: Reach,
  bounds: SessionBounds,
  { usesSlot, applicationName }: { readonly usesSlot: boolean; readonly applicationName: string },
): Promise<Primary> {
  // First what is needed most, whose refusal tells most.
  const identified = await withReplication(reach, bounds, identifyServer)
  const primary = await withSession(reach, bounds, async (client) => ({
    ...identified,
    ...(await inspectServer(client)),
    databaseBytes: await readDatabaseBytes(client),
  }))
  const where = describeAddress(reach.address)
  if (primary.walLevel === 'minimal')
    throw refused(
      'H15',
      `The server of ${where} has wal_level=minimal, of which nothing can be replicated. Set it to replica there, and restart it.`,
    )
  if (isSynchronous(primary.synchronousStandbys, applicationName))
    throw refused(
      'H90',
      `synchronous_standby_names of the server of ${where} is '${primary.synchronousStandbys}', which takes in any standby: its commits would wait ` +
        'for this one. Name the standbys there by which commits are to be confirmed.',
    )
  if (usesSlot) refuseUnboundedSlot(primary, where)
  return primary
}

/** Names are compared without regard to case, and `*` is every one, in quotes as well (syncrep.c). */
function isSynchronous(names: string, applicationName: string): boolean {
  const listed = names.match(/"(?:[^"]|"")*"|[^\s,()]+/g) ?? []
  const meant = listed.map((name) => name.replaceAll('"', '').toLowerCase())
  return meant.some((name) => name === '*' || name === applicationName.toLowerCase())
}

function refuseUnboundedSlot({ major, mostWalForSlots }: ServerFacts, where: string): void {
  if (mostWalForSlots === undefined)
    throw refused(
      'H94',
      `The server of ${where} has version ${major}, which keeps WAL for a slot without a bound: a standby that is away would fill its disk. Slots need ` +
        '13 or later. Leave slot out; a standby that has fallen behind can be seeded anew.',
    )
  if (mostWalForSlots < 0)
    throw refused(
      'H94',
      `The server of ${where} keeps WAL for a slot without a bound: a standby that is away would fill its disk. Bound it there: ALTER SYSTEM SET ` +
        "max_slot_wal_keep_size = '10GB', then SELECT pg_reload_conf(). Or leave slot out.",
    )
}

const refused = (hazard: string, message: string): PgforkError =>
  new PgforkError('SETTING_REFUSED', message, { hazard })
