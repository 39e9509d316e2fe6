import { formatConninfo } from '../elsewhere/server-address.ts'
import { forkSettings } from '../postgres/settings/fork-settings.ts'
import type { SeededStandby, StandbyRecord } from '../records/standby-record.ts'

/**
 * All settings of a standby's server. As with a fork, nothing reaches out but what it follows its primary by. `hot_standby_feedback` is off
 * whatever the primary has: a query here would keep dead rows there (H91).
 */
export function standbySettings(standby: SeededStandby, socketDirectory: string): Record<string, string> {
  const { name, major, port, settings: given, inherited, walSettings } = standby
  const settings = forkSettings({
    ...{ name, major, port, socketDirectory, inherited, given },
    durability: 'durable',
    sharesFileSystem: true,
  })
  const least = Object.entries(walSettings).map(([name, value]) => [
    name,
    String(Math.max(Number(value), Number(settings[name] ?? 0))),
  ])
  return {
    ...settings,
    ...Object.fromEntries(least),
    hot_standby: 'on',
    hot_standby_feedback: 'off',
    log_checkpoints: 'off',
    // Without one that was asked for, it would make one of its own there, which nothing bounds (H94).
    ...(major >= 13 ? { wal_receiver_create_temp_slot: 'off' } : {}),
    ...(major >= 12 ? { ...following(standby), recovery_target_timeline: 'latest' } : {}),
  }
}

/** Until 11 this stands in recovery.conf. */
export function following({ primary, passfile, applicationName, slot }: StandbyRecord): Record<string, string> {
  return {
    primary_conninfo: formatConninfo(primary, { passfile: passfile?.path, applicationName }),
    ...(slot === undefined ? {} : { primary_slot_name: slot }),
  }
}
