/** PostgreSQL counts microseconds from here; the Unix epoch is 946,684,800 seconds earlier. */
const epoch = BigInt(Date.UTC(2000, 0, 1)) * 1000n

/** Most times that are told one after another are of the same second. */
let lastSecond: { readonly seconds: number; readonly text: string } | undefined

/** JavaScript's last time, in microseconds; PostgreSQL's reach further. */
const furthest = 8.64e18

/** Since 1970. Exact until 2255. */
const sinceUnixOf = (microseconds: bigint): number =>
  Math.max(-furthest, Math.min(furthest, Number(microseconds) + Number(epoch)))

/** A time of PostgreSQL, microseconds since 2000-01-01 UTC, in ISO 8601 with all its digits: `2026-01-02T03:04:05.678901Z`. */
export function formatTimestamp(microseconds: bigint): string {
  const sinceUnix = sinceUnixOf(microseconds)
  const part = ((sinceUnix % 1e6) + 1e6) % 1e6
  const seconds = (sinceUnix - part) / 1e6
  if (lastSecond?.seconds !== seconds)
    lastSecond = { seconds, text: new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length) }
  return `${lastSecond.text}.${String(part).padStart(6, '0')}Z`
}

const isoTime = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)$/i

/**
 * Reads an ISO 8601 time with a zone, to the microsecond; more digits are cut. Undefined for anything else: a time without a zone
 * names 24 different moments, and PostgreSQL's own parser takes the zone from a setting.
 */
export function parseTimestamp(text: string): bigint | undefined {
  const [, date, minutes, seconds = '00', fraction = '', zone] = isoTime.exec(text.trim()) ?? []
  if (date === undefined || minutes === undefined || zone === undefined) return undefined
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.replace(':', '').slice(3) || '00'}`
  // 23:59:60 is no time of JavaScript's, nor of PostgreSQL's clock.
  const milliseconds = Date.parse(`${date}T${minutes}:${seconds}.000${offset}`)
  if (Number.isNaN(milliseconds)) return undefined
  // JavaScript turns 31 February into a day of March.
  const local = new Date(Date.parse(`${date}T00:00:00Z`))
  if (Number.isNaN(local.getTime()) || local.toISOString().slice(0, 10) !== date) return undefined
  return BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6)) - epoch
}

export const timestampOf = (date: Date): bigint => BigInt(date.getTime()) * 1000n - epoch

/** To the millisecond. */
export const dateOf = (microseconds: bigint): Date => new Date(Math.floor(sinceUnixOf(microseconds) / 1000))
