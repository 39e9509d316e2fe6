/** The handling of a hazard, taken out, and the tests that must notice. */
export interface Mutation {
  /** A row of the table of hazards. */
  readonly row: string
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** A test file, and a pattern of the names of its tests: by default the row. */
  readonly test: string
  readonly names?: string
}

const core = 'packages/core/src'
const policy = `${core}/postgres/settings/inheritance-policy.ts`
const integration = 'test/integration'

/**
 * Every row that is handled on this machine. H19 needs no handling. H51 - H54 are ZFS's and LVM's, whose tests run in guests.
 */
export const mutations: readonly Mutation[] = [
  {
    row: 'H1',
    file: `${core}/fork/sanitize-fork.ts`,
    find: 'relink(dataDirectory, links, owner)',
    replace: 'void links',
    test: `${integration}/volumes/one-volume.test.ts`,
  },
  {
    row: 'H1',
    file: `${core}/fork/sanitize-fork.ts`,
    find: 'await refuseTablespaceReplay(dataDirectory, source.major)',
    replace: 'void refuseTablespaceReplay',
    test: `${integration}/volumes/tablespaces.test.ts`,
  },
  {
    row: 'H2',
    file: `${core}/fork/sanitize-fork.ts`,
    find: 'relink(dataDirectory, links, owner)',
    replace: "relink(dataDirectory, links.filter(({ link }) => link !== 'pg_wal'), owner)",
    test: `${integration}/volumes/one-volume.test.ts`,
  },
  {
    row: 'H3',
    file: 'packages/driver-btrfs/src/check-layout.ts',
    find: 'if (mounted.length + subvolumes.length === 0) return',
    replace: 'return',
    test: `${integration}/volumes/nested.test.ts`,
  },
  {
    row: 'H4',
    file: `${core}/snapshot/choose-consistency.ts`,
    find: 'if (isConnected) return refuseMinimalWal(copies, inspection)',
    replace: "if (isConnected) return 'atomic'",
    test: `${integration}/consistency/copy.test.ts`,
  },
  {
    row: 'H5',
    file: policy,
    find: "{ name: 'hba_file', hazard: 'H5', reserved: true },",
    replace: '',
    test: `${integration}/settings/configuration.test.ts`,
  },
  {
    row: 'H6',
    file: `${core}/storage/kit/create-entry.ts`,
    find: "if (isSystemError(error, 'EEXIST')) throw exists(entry)",
    replace: "if (isSystemError(error, 'EEXIST')) break",
    test: 'packages/driver-btrfs/src/snapshot.test.ts',
  },
  {
    row: 'H10',
    file: `${core}/postgres/files/remove-identity.ts`,
    find: "'postmaster.pid', // H10",
    replace: '',
    test: `${integration}/settings/own-server.test.ts`,
  },
  {
    row: 'H11',
    file: `${core}/fork/sanitize-fork.ts`,
    find: "'postgresql.auto.conf', ",
    replace: '',
    test: `${integration}/settings/configuration.test.ts`,
  },
  {
    row: 'H12',
    file: `${core}/fork/choose-timeline.ts`,
    find: "if (wish === 'keep') {",
    replace: "if (!isStandby) return 'keep'\n  if (wish === 'keep') {",
    test: `${integration}/timelines/timelines.test.ts`,
  },
  {
    row: 'H13',
    file: `${core}/postgres/files/recovery-files.ts`,
    find: "{ restore_command: 'false', recovery",
    replace: "{ restore_command: '/nowhere/false', recovery",
    test: `${integration}/settings/own-server.test.ts`,
  },
  {
    row: 'H14',
    file: `${core}/state/claim-timeline.ts`,
    find: 'if (!taken.has(timeline) && (await claims.take(timeline, holder))) return timeline',
    replace: 'if (!taken.has(0) || holder === claims.toString()) return timeline',
    test: `${integration}/timelines/timelines.test.ts`,
  },
  {
    row: 'H15',
    file: `${core}/fork/choose-timeline.ts`,
    find: "if (walLevel === 'minimal') {",
    replace: "if (walLevel === 'none') {",
    test: `${integration}/recovery/recovery.test.ts`,
  },
  {
    row: 'H16',
    file: policy,
    find: "{ name: 'recovery_target*', hazard: 'H16', reserved: true },",
    replace: '',
    test: `${integration}/recovery/recovery.test.ts`,
  },
  {
    row: 'H17',
    file: policy,
    find: "{ name: 'hot_standby', value: 'off', hazard: 'H17' },",
    replace: '',
    test: `${integration}/recovery/recovery.test.ts`,
  },
  {
    row: 'H18',
    file: `${core}/postgres/settings/fork-settings.ts`,
    find: "sharesFileSystem ? 'fsync' : 'syncfs'",
    replace: "sharesFileSystem ? 'syncfs' : 'fsync'",
    test: `${integration}/settings/own-server.test.ts`,
  },
  {
    row: 'H20',
    file: policy,
    find: "{ name: 'archive_mode', value: 'off', hazard: 'H20' },\n  { name: 'archive_command', value: '', hazard: 'H20' },",
    replace: '',
    test: `${integration}/outside-world/outside-world.test.ts`,
  },
  {
    row: 'H21',
    file: policy,
    find: "{ name: 'synchronous_standby_names', value: '', hazard: 'H21' },",
    replace: '',
    test: `${integration}/outside-world/outside-world.test.ts`,
  },
  {
    row: 'H22',
    file: `${core}/postgres/files/remove-identity.ts`,
    find: "'standby.signal', // H22",
    replace: '',
    test: `${integration}/standbys/standby.test.ts`,
  },
  {
    row: 'H23',
    file: `${core}/postgres/files/remove-identity.ts`,
    find: 'for (const name of slots.names()) removeTree(slots, name)',
    replace: '',
    test: `${integration}/outside-world/outside-world.test.ts`,
  },
  {
    row: 'H24',
    file: `${core}/fork/neutralize/neutralize-fork.ts`,
    find: 'await detachSubscriptions(client, connect),',
    replace: '[],',
    test: `${integration}/outside-world/subscriptions.test.ts`,
  },
  {
    row: 'H25',
    file: `${core}/api/create-fork.ts`,
    find: 'neutralizeWorkers(snapshot.settings, resolved.backgroundWorkers)',
    replace: "neutralizeWorkers(snapshot.settings, 'keep')",
    test: `${integration}/outside-world/background-workers.test.ts`,
  },
  {
    row: 'H26',
    file: `${core}/fork/neutralize/neutralize-fork.ts`,
    find: 'await findUnlogged(request.databasesWithUnlogged, client, connect),',
    replace: '[],',
    test: `${integration}/create-fork/report.test.ts`,
  },
  {
    row: 'H27',
    file: `${core}/fork/neutralize/neutralize-fork.ts`,
    find: 'if (werePreparedRolledBack) await',
    replace: 'if (!preparedTransactions) await',
    test: `${integration}/create-fork/report.test.ts`,
  },
  {
    row: 'H28',
    file: policy,
    find: "{ name: 'shared_buffers', value: '128MB', hazard: 'H28' },",
    replace: '',
    test: `${integration}/settings/own-server.test.ts`,
  },
  {
    row: 'H29',
    file: policy,
    find: "{ name: 'listen_addresses', value: '127.0.0.1', hazard: 'H29' },",
    replace: '',
    test: `${integration}/security/privacy.test.ts`,
  },
  {
    row: 'H30',
    file: `${core}/postgres/settings/fork-settings.ts`,
    find: 'cluster_name: name,',
    replace: '',
    test: `${integration}/settings/own-server.test.ts`,
  },
  {
    row: 'H40',
    file: `${core}/fork/choose-timeline.ts`,
    find: "if (!isStandby) return 'keep'",
    replace: "if (wish === 'keep') return 'keep'",
    test: `${integration}/standbys/standby.test.ts`,
  },
  {
    row: 'H41',
    file: `${core}/postgres/source/inspect-source.ts`,
    find: 'replayPosition: isStandby ? (rows[0]?.position ?? undefined) : undefined',
    replace: 'replayPosition: undefined',
    test: `${integration}/standbys/standby.test.ts`,
  },
  {
    row: 'H42',
    file: `${core}/postgres/source/inspect-source.ts`,
    find: 'if (server !== undefined && !isStandby) refuseExclusiveBackup(directory)',
    replace: 'void refuseExclusiveBackup',
    test: `${integration}/recovery/exclusive-backup.test.ts`,
  },
  {
    row: 'H50',
    file: 'packages/driver-btrfs/src/report-no-copy-on-write.ts',
    find: 'if (marked.length > 0)',
    replace: 'if (marked.length > 1000)',
    test: 'packages/driver-btrfs/src/locate-volume.test.ts',
  },
  {
    row: 'H55',
    file: `${core}/snapshot/check-space.ts`,
    find: 'if (percent <= thresholdPercent) return',
    replace: 'if (percent <= thresholdPercent + 1000) return',
    test: 'test/integration/failure/full-disk.test.ts',
  },
  {
    row: 'H56',
    file: 'packages/driver-btrfs/src/remove.ts',
    find: 'await refuseMounted(path)',
    replace: 'void refuseMounted',
    test: 'packages/driver-btrfs/src/remove.test.ts',
  },
  {
    row: 'H56',
    file: `${core}/storage/kit/until-not-busy.ts`,
    find: "const mayPass = isPgforkError(error, 'BUSY') && error.hazard === undefined",
    replace: 'const mayPass = false',
    test: 'packages/driver-testkit/src/memory/conformance.test.ts',
  },
  {
    row: 'H57',
    file: `${core}/storage/kit/mark.ts`,
    find: "return driver === entry.driver && kind === entry.kind && name === entry.name ? mark : 'foreign'",
    replace: "return driver === '' && kind === entry.kind && name === '' ? 'foreign' : mark",
    test: 'packages/driver-btrfs/src/remove.test.ts',
  },
  {
    row: 'H58',
    file: `${core}/process/process-state.ts`,
    find: "return found.start === identity.start ? 'running' : 'ended'",
    replace: "return found.pid === identity.pid ? 'running' : 'ended'",
    test: `${core}/process/process-state.test.ts`,
  },
  {
    row: 'H71',
    file: `${core}/process/process-state.ts`,
    find: "if (identity.machine !== here.machine) return 'unknown'",
    replace: '',
    test: `${core}/process/process-state.test.ts`,
  },
  {
    row: 'H71',
    file: `${core}/process/process-state.ts`,
    find: "return isLater && hostName === currentScope().hostName ? 'ended' : 'unknown'",
    replace: "return hostName === '' ? 'unknown' : 'ended'",
    test: `${core}/process/process-state.test.ts`,
  },
  {
    row: 'H71',
    file: `${core}/process/process-state.ts`,
    find: 'return stateInOtherNamespace(identity)',
    replace: "return 'ended'",
    test: `${integration}/machines/processes.test.ts`,
  },
  {
    row: 'H71',
    file: `${core}/state/lock.ts`,
    find: "if (state !== 'unknown') return state",
    replace: '',
    test: `${integration}/machines/locks.test.ts`,
  },
  {
    row: 'H64',
    file: `${core}/postgres/sql/startup-options.ts`,
    find: "search_path: 'pg_catalog,pg_temp',",
    replace: '',
    test: 'test/integration/security/sql-sessions.test.ts',
  },
  {
    row: 'H66',
    file: `${core}/postgres/sanitize/survey-files.ts`,
    find: "if (found !== undefined) throw linkRefused(join(path, found.name), path === '' ? 'H1' : 'H66')",
    replace: "if (found !== undefined && path === '') throw linkRefused(join(path, found.name), 'H1')",
    test: `${integration}/volumes/links.test.ts`,
  },
]
