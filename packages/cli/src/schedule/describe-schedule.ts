import { shellLine } from '../output/shell-line.ts'
import { usageError } from '../output/usage-error.ts'
import type { Calendar } from './calendar.ts'

export interface Schedule {
  /** Arrays of words, to be run in this order while each succeeds. */
  readonly commands: readonly (readonly string[])[]
  readonly calendar: Calendar
  readonly user: string
}

/** Files of systemd, by their names. */
export interface Units {
  readonly [name: string]: string
}

/** @throws PgforkError `INVALID_OPTION` for a word that none of these files can hold */
export function describeUnits(name: string, { commands, calendar, user }: Schedule): Units {
  return {
    [`${name}.service`]: [
      '[Unit]',
      'Description=Snapshots of PostgreSQL by pgfork',
      '',
      '[Service]',
      'Type=oneshot',
      `User=${user}`,
      ...commands.map((words) => `ExecStart=${words.map(systemdWord).join(' ')}`),
    ].join('\n'),
    [`${name}.timer`]: [
      '[Unit]',
      'Description=When pgfork takes snapshots of PostgreSQL',
      '',
      '[Timer]',
      `OnCalendar=${calendar.systemd}`,
      // After a time without power, at once.
      'Persistent=true',
      '',
      '[Install]',
      'WantedBy=timers.target',
    ].join('\n'),
  }
}

/**
 * crontab(5) of that user. A `%` would end the command.
 *
 * @throws PgforkError `INVALID_OPTION` for a word that no such line can hold
 */
export const describeCronLine = ({ commands, calendar }: Schedule): string =>
  `${calendar.cron} ${commands
    .map((words) => shellLine(words.map(refuseLines).map(refuseEscapes)))
    .join(' && ')
    .replaceAll('%', '\\%')}`

/** systemd.service(5), "Command lines": quotes, backslashes, `$` for variables and `%` for specifiers mean something. */
export const systemdWord = (word: string): string => systemdPath(word.replaceAll('$', '$$$$'))

/** In a unit's other lists of words `$` is a letter like others: systemd.unit(5). */
export function systemdPath(path: string): string {
  const escaped = refuseLines(path).replaceAll('%', '%%')
  if (/^[\w@%$+=:,./-]+$/.test(escaped)) return escaped
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Vixie's cron reads `\\` as one backslash, so that a `%` behind it ends the command; others leave both. */
function refuseEscapes(word: string): string {
  if (!/\\[\\%]/.test(word)) return word
  throw usageError(`${JSON.stringify(word)} has a backslash before another one or a %, which no crontab can hold.`)
}

function refuseLines(word: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (!/[\u0000-\u001f\u007f]/.test(word)) return word
  throw usageError(`${JSON.stringify(word)} has characters that no schedule can hold.`)
}
