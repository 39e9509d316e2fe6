import type { Client } from 'pg'
import type { ControlData } from '../files/control-data.ts'
import { checkSystemIdentifier } from '../files/system-identifier.ts'

interface Row {
  readonly identifier: string
  readonly written: number
  readonly timeline: number
  readonly redo: string
  readonly checkpoint: number
  readonly minimumTimeline: number
  readonly minimum: string
  readonly awaits: boolean
  readonly level: ControlData['walLevel']
  readonly segment: number
  readonly checksums: boolean
  readonly prepared: number
}

/** What `readControlData` reads, of a server that is asked instead: any role may. Settings of the control file are those in force. */
export async function askControlData(client: Client, isStandby: boolean): Promise<ControlData> {
  const { rows } = await client.query<Row>(
    `select system_identifier::text as identifier, extract(epoch from pg_control_last_modified)::float8 as written,
            c.timeline_id as timeline, c.redo_lsn::text as redo, extract(epoch from c.checkpoint_time)::float8 as checkpoint,
            r.min_recovery_end_timeline as "minimumTimeline", r.min_recovery_end_lsn::text as minimum,
            r.backup_start_lsn <> '0/0' as awaits, current_setting('wal_level') as level,
            i.bytes_per_wal_segment as segment, i.data_page_checksum_version <> 0 as checksums,
            current_setting('max_prepared_transactions')::int as prepared
       from pg_control_system(), pg_control_checkpoint() c, pg_control_recovery() r, pg_control_init() i`,
  )
  const row = rows[0] as Row
  return {
    systemIdentifier: checkSystemIdentifier(row.identifier),
    state: isStandby ? 'in archive recovery' : 'in production',
    writtenAtSeconds: row.written,
    checkpointTimeline: row.timeline,
    redoLocation: row.redo,
    checkpointAtSeconds: row.checkpoint,
    minimumRecoveryTimeline: row.minimumTimeline,
    minimumRecoveryLocation: row.minimum,
    awaitsBackupEnd: row.awaits,
    walLevel: row.level,
    walSegmentBytes: row.segment,
    hasChecksums: row.checksums,
    maxPreparedTransactions: row.prepared,
  }
}
