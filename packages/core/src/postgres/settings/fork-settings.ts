import { PgforkError } from '../../errors/pgfork-error.ts'
import { findRule, inheritancePolicy, isKnownIn } from './inheritance-policy.ts'

/** `throwaway`: nothing is ever flushed, so the fork survives a crash of its server but not of the machine. */
export type Durability = 'durable' | 'throwaway'

export interface ForkSettingsRequest {
  readonly major: number
  readonly name: string
  readonly port: number
  readonly socketDirectory: string
  readonly durability: Durability
  /** Files of the clone lie on the source's file system, which `syncfs` would flush as a whole (H18). */
  readonly sharesFileSystem: boolean
  /** What `inheritSettings` let through. */
  readonly inherited: Readonly<Record<string, string>>
  /** The caller's settings. */
  readonly given: Readonly<Record<string, string>>
}

/** All settings of a fork, in the order of increasing weight: inherited, the policy's, the fork's own, the caller's. */
export function forkSettings(request: ForkSettingsRequest): Record<string, string> {
  const { major, name, port, socketDirectory, durability, inherited, given } = request
  const forced = inheritancePolicy.filter((rule) => rule.value !== undefined && isKnownIn(rule, major))
  const settings = {
    ...inherited,
    ...Object.fromEntries(forced.map((rule) => [rule.name, rule.value as string])),
    ...storageSettings(request),
    ...(durability === 'throwaway' ? throwawaySettings : durableSettings),
    port: String(port),
    unix_socket_directories: socketSetting(socketDirectory),
    cluster_name: name,
    ...checkGivenSettings(given),
  }
  return major < 12 && given.max_wal_senders === undefined ? { ...settings, ...fitWalSenders(settings) } : settings
}

/** `unix_socket_directories` is a list, whose elements may stand in quotes. */
export const socketSetting = (directory: string): string =>
  directory.includes(',') ? `"${directory.replaceAll('"', '""')}"` : directory

/** What a fork gets, given the caller's settings. The source's own are not inherited (H28). */
export const sharedBuffersOf = (given: Readonly<Record<string, string>>): string =>
  given.shared_buffers ?? findRule('shared_buffers')?.value ?? ''

/** Until 11, senders of WAL count as connections, and with too many the server doesn't start (H28). */
function fitWalSenders(settings: Readonly<Record<string, string>>): Record<string, string> {
  const {
    max_wal_senders: senders,
    max_connections: connections,
    superuser_reserved_connections: reserved = 3,
  } = settings
  const most = Math.max(0, Number(connections) - Number(reserved) - 1)
  return Number(senders) > most ? { max_wal_senders: String(most) } : {}
}

const durableSettings = { fsync: 'on', full_page_writes: 'on' }
const throwawaySettings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }

/** Measured and explained in docs/options.md, "Settings that pgfork chooses for a fork" (H18). */
function storageSettings({ major, sharesFileSystem }: ForkSettingsRequest): Record<string, string> {
  return {
    ...(major >= 12 ? { wal_recycle: 'off', wal_init_zero: 'off' } : {}),
    ...(major >= 14 ? { recovery_init_sync_method: sharesFileSystem ? 'fsync' : 'syncfs' } : {}),
  }
}

/**
 * The caller's settings, if they may be set.
 *
 * @throws PgforkError `SETTING_REFUSED` for one that belongs to the fork itself, `INVALID_OPTION` for a malformed one.
 */
export function checkGivenSettings(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      const name = key.toLowerCase()
      if (!/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/.test(name) || /^include/.test(name))
        throw new PgforkError('INVALID_OPTION', `${JSON.stringify(key)} is not the name of a PostgreSQL setting.`, {
          facts: { setting: key },
        })
      const rule = findRule(name)
      if (rule?.reserved)
        throw new PgforkError(
          'SETTING_REFUSED',
          `The setting ${name} is the fork's own and can't be set (${rule.hazard}).`,
          { hazard: rule.hazard, facts: { setting: name } },
        )
      return [name, String(value)]
    }),
  )
}
