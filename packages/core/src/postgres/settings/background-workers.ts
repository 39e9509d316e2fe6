/**
 * What becomes of libraries in `shared_preload_libraries` whose background workers act on the world outside of the server
 * or on its data by themselves (H25): a job must not run twice because there is a fork.
 *
 * - `neutralize` (default): those known to do that are silenced by a setting of their own, or left out where they have none.
 *   Libraries that aren't known are kept and reported.
 * - `strict`: besides, libraries that aren't known are left out.
 * - `keep`: everything runs as in the source.
 */
export type BackgroundWorkers = 'neutralize' | 'strict' | 'keep'

export interface NeutralizedSettings {
  readonly settings: Readonly<Record<string, string>>
  /** What was changed and why, a sentence each. */
  readonly changes: readonly string[]
  /** What the caller should look at. */
  readonly warnings: readonly string[]
}

/** How a library is silenced: by settings, or, with none, by leaving it out. */
interface KnownLibrary {
  readonly does: string
  readonly settings?: Readonly<Record<string, string>>
}

const active: Readonly<Record<string, KnownLibrary>> = {
  pg_cron: { does: 'runs scheduled jobs' },
  pg_net: { does: 'sends HTTP requests' },
  pg_timetable: { does: 'runs scheduled jobs' },
  pg_partman_bgw: { does: 'creates and drops partitions', settings: { 'pg_partman_bgw.dbname': '' } },
  timescaledb: {
    does: 'runs policies and jobs, and reports to its maker',
    settings: { 'timescaledb.max_background_workers': '0', 'timescaledb.telemetry_level': 'off' },
  },
  pg_squeeze: { does: 'rewrites tables', settings: { 'squeeze.worker_autostart': '' } },
  powa: { does: 'takes and purges statistics snapshots', settings: { 'powa.frequency': '-1' } },
  pglogical: { does: 'replicates to and from other servers' },
  spock: { does: 'replicates to and from other servers' },
  bdr: { does: 'replicates to and from other servers' },
  pgactive: { does: 'replicates to and from other servers' },
  pg_failover_slots: { does: 'copies replication slots from the primary' },
  pgautofailover: { does: 'takes part in failover' },
  repmgr: { does: 'takes part in failover' },
  pg_auth_mon: { does: 'watches logins' },
  kafka_fdw: { does: 'reads from and writes to Kafka' },
  wal2mongo: { does: 'replicates to another server' },
}

/** Libraries without workers of their own, or whose workers touch nothing but their own statistics and caches. */
const harmless = new Set([
  'auto_explain',
  'auth_delay',
  'anon',
  'citext',
  'credcheck',
  'hypopg',
  'passwordcheck',
  'pg_hint_plan',
  'pg_ivm',
  'pg_partman',
  'pg_prewarm',
  'pg_qualstats',
  'pg_show_plans',
  'pg_stat_kcache',
  'pg_stat_monitor',
  'pg_stat_statements',
  'pg_trgm',
  'pg_wait_sampling',
  'pgaudit',
  'pgextwlist',
  'pglogical_output',
  'plpgsql',
  'plpgsql_check',
  'plprofiler',
  'postgis-3',
  'safeupdate',
  'sepgsql',
  'set_user',
  'supautils',
  'system_stats',
  'temporal_tables',
  'test_decoding',
  'vector',
  'wal2json',
])

/** Applies the policy to inherited settings. */
export function neutralizeWorkers(
  inherited: Readonly<Record<string, string>>,
  policy: BackgroundWorkers,
): NeutralizedSettings {
  const listed = parseLibraries(inherited.shared_preload_libraries ?? '')
  if (policy === 'keep' || listed.length === 0) return { settings: inherited, changes: [], warnings: [] }
  const kept: string[] = []
  const settings: Record<string, string> = {}
  const changes: string[] = []
  const warnings: string[] = []
  for (const library of listed) {
    const name = library.slice(library.lastIndexOf('/') + 1).replace(/\.so$/, '')
    const known = active[name]
    if (known === undefined) {
      if (harmless.has(name) || policy === 'neutralize') kept.push(library)
      if (harmless.has(name)) continue
      if (policy === 'strict')
        changes.push(`${name} was left out of shared_preload_libraries: it is not known what it does (H25).`)
      else
        warnings.push(
          `${name} is preloaded in the fork as in its source; it is not known whether it acts by itself (H25).`,
        )
    } else if (known.settings === undefined) {
      changes.push(`${name}, which ${known.does}, was left out of shared_preload_libraries (H25).`)
    } else {
      kept.push(library)
      Object.assign(settings, known.settings)
      changes.push(`${name}, which ${known.does}, was silenced by ${Object.keys(known.settings).join(' and ')} (H25).`)
    }
  }
  return {
    settings: { ...inherited, ...settings, shared_preload_libraries: kept.join(', ') },
    changes,
    warnings,
  }
}

const parseLibraries = (value: string): string[] =>
  value
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '')
