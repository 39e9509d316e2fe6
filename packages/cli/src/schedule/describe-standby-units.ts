import type { Calendar } from './calendar.ts'
import { systemdPath, systemdWord, type Units } from './describe-schedule.ts'

export interface StandbyUnits {
  readonly name: string
  readonly directory: string
  readonly user: string
  /** The command line of a verb. */
  words(verb: string, ...more: readonly string[]): readonly string[]
  /** When to look whether it is to be seeded anew. */
  readonly calendar: Calendar | undefined
}

/**
 * The server of a standby belongs to no unit: a new seed starts another one, from a shell or a timer. So the unit holds a state, and not a process,
 * and what a timer's service has started stays when that is over (`KillMode=process`).
 *
 * @throws PgforkError `INVALID_OPTION` for a word that no such file can hold
 */
export function describeStandbyUnits(unit: string, { name, directory, user, words, calendar }: StandbyUnits): Units {
  const line = (verb: string, ...more: string[]): string =>
    words(verb, ...more)
      .map(systemdWord)
      .join(' ')
  const needs = ['Wants=network-online.target', `RequiresMountsFor=${systemdPath(directory)}`]
  return {
    [`${unit}.service`]: [
      '[Unit]',
      `Description=The standby ${name}, of pgfork`,
      ...needs,
      'After=network-online.target',
      '',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      `User=${user}`,
      `ExecStart=${line('start')}`,
      `ExecStop=${line('stop')}`,
      'KillMode=process',
      // Recovery takes what it takes.
      'TimeoutStartSec=infinity',
      '',
      '[Install]',
      'WantedBy=multi-user.target',
    ].join('\n'),
    ...(calendar === undefined
      ? {}
      : {
          [`${unit}-reseed.service`]: [
            '[Unit]',
            `Description=A new seed for the standby ${name}, if it has fallen behind`,
            ...needs,
            `After=network-online.target ${unit}.service`,
            '',
            '[Service]',
            'Type=oneshot',
            `User=${user}`,
            `ExecStart=${line('reseed', '--if-behind', '--quiet')}`,
            'KillMode=process',
            'TimeoutStartSec=infinity',
          ].join('\n'),
          [`${unit}-reseed.timer`]: [
            '[Unit]',
            `Description=When the standby ${name} is looked after`,
            '',
            '[Timer]',
            `OnCalendar=${calendar.systemd}`,
            '',
            '[Install]',
            'WantedBy=timers.target',
          ].join('\n'),
        }),
  }
}
