/** What becomes of one setting of the source in its forks, and why. */
export interface InheritanceRule {
  /** Exact name, or a prefix ending in `*`. */
  readonly name: string
  /** The value that every fork gets; left out: the setting is dropped, so that PostgreSQL's default holds. */
  readonly value?: string
  /** The first and last major version that know the setting, where not all of 10 to 18 do. */
  readonly since?: number
  readonly until?: number
  /** A row of docs/hazards.md. */
  readonly hazard: string
  /** The caller may not set it either: it belongs to the fork itself or to an option of `createFork`. */
  readonly reserved?: true
}

/**
 * All differences between the source's settings and its forks', in one place. What no rule names is inherited. The
 * caller's `settings` come last and win, except over the reserved ones.
 */
export const inheritancePolicy: readonly InheritanceRule[] = [
  // H5: paths that lead out of the data directory. Left to their defaults they lie in the fork's own.
  { name: 'data_directory', hazard: 'H5', reserved: true },
  { name: 'config_file', hazard: 'H5', reserved: true },
  { name: 'hba_file', hazard: 'H5', reserved: true },
  { name: 'ident_file', hazard: 'H5', reserved: true },
  { name: 'external_pid_file', hazard: 'H5', reserved: true },
  { name: 'hosts_file', hazard: 'H5', reserved: true },
  { name: 'stats_temp_directory', hazard: 'H5' },
  { name: 'log_directory', hazard: 'H5' },
  { name: 'log_filename', hazard: 'H5' },
  { name: 'log_file_mode', hazard: 'H29' },
  { name: 'log_rotation_*', hazard: 'H5' },
  { name: 'log_truncate_on_rotation', hazard: 'H5' },
  { name: 'syslog_*', hazard: 'H5' },
  { name: 'event_source', hazard: 'H5' },
  { name: 'logging_collector', value: 'off', hazard: 'H5' },
  { name: 'log_destination', value: 'stderr', hazard: 'H5' },

  // H12 - H17, H22: recovery is the fork's own.
  { name: 'restore_command', hazard: 'H13', reserved: true },
  { name: 'recovery_end_command', hazard: 'H16', reserved: true },
  { name: 'archive_cleanup_command', hazard: 'H16', reserved: true },
  { name: 'recovery_target*', hazard: 'H16', reserved: true },
  { name: 'recovery_min_apply_delay', hazard: 'H16', reserved: true },
  { name: 'promote_trigger_file', hazard: 'H16', reserved: true },
  { name: 'primary_conninfo', hazard: 'H22', reserved: true },
  { name: 'primary_slot_name', hazard: 'H22', reserved: true },
  { name: 'hot_standby', value: 'off', hazard: 'H17', reserved: true },
  { name: 'sync_replication_slots', value: 'off', since: 17, hazard: 'H22' },
  { name: 'synchronized_standby_slots', value: '', since: 17, hazard: 'H21' },

  // H20, H21, H24: nothing reaches out.
  { name: 'archive_mode', value: 'off', hazard: 'H20' },
  { name: 'archive_command', value: '', hazard: 'H20' },
  { name: 'archive_library', value: '', since: 15, hazard: 'H20' },
  { name: 'archive_timeout', hazard: 'H20' },
  { name: 'synchronous_standby_names', value: '', hazard: 'H21' },
  { name: 'max_logical_replication_workers', value: '0', hazard: 'H24', reserved: true },

  // H68: dead rows that are kept for standbys, of which a fork has none.
  { name: 'vacuum_defer_cleanup_age', hazard: 'H68' },

  // H28: a production server's memory and connections, times the number of forks.
  { name: 'huge_pages', value: 'off', hazard: 'H28' },
  { name: 'huge_page_size', hazard: 'H28' },
  { name: 'shared_buffers', value: '128MB', hazard: 'H28' },
  { name: 'min_dynamic_shared_memory', hazard: 'H28' },
  { name: 'max_connections', value: '100', hazard: 'H28' },
  { name: 'superuser_reserved_connections', hazard: 'H28' },
  { name: 'reserved_connections', hazard: 'H28' },
  { name: 'autovacuum_worker_slots', hazard: 'H28' },
  { name: 'max_wal_size', hazard: 'H28' },
  { name: 'min_wal_size', hazard: 'H28' },
  { name: 'wal_keep_segments', hazard: 'H28' },
  { name: 'wal_keep_size', hazard: 'H28' },

  // H29, H30: reachable from this machine only, and taken for no other server.
  { name: 'port', hazard: 'H11', reserved: true },
  { name: 'unix_socket_directories', hazard: 'H29', reserved: true },
  { name: 'unix_socket_group', hazard: 'H29' },
  { name: 'unix_socket_permissions', hazard: 'H29' },
  { name: 'listen_addresses', value: '127.0.0.1', hazard: 'H29' },
  { name: 'ssl', value: 'off', hazard: 'H5' },
  { name: 'ssl_*', hazard: 'H5' },
  { name: 'krb_server_keyfile', hazard: 'H5' },
  { name: 'bonjour*', hazard: 'H30' },
  { name: 'cluster_name', hazard: 'H30' },
]

const secretPattern = /passw(?!ord_encryption)|passphrase|secret|token|conninfo|[._]key$/

/** The rule for a setting; undefined when it is inherited as it is. */
export function findRule(name: string): InheritanceRule | undefined {
  const rule = inheritancePolicy.find((candidate) =>
    candidate.name.endsWith('*') ? name.startsWith(candidate.name.slice(0, -1)) : name === candidate.name,
  )
  // A password in a library's own setting would end up in a record; no fork needs to reach what it opens.
  return rule ?? (secretPattern.test(name) ? { name, hazard: 'H29' } : undefined)
}

export const isKnownIn = (rule: InheritanceRule, major: number): boolean =>
  major >= (rule.since ?? 0) && major <= (rule.until ?? Number.POSITIVE_INFINITY)
