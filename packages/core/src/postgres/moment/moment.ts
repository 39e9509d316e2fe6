import { invalidOption } from '../../errors/invalid-option.ts'
import { isObject } from '../../options/checks.ts'
import { formatLocation, parseLocation } from '../files/location.ts'
import { formatTimestamp, parseTimestamp, timestampOf } from '../wal/timestamps.ts'

/** The number of a transaction, as `pg_current_xact_id()` or `txid_current()` gives it; its lower 32 bits count. */
type TransactionNumber = number | bigint | string

/**
 * A moment in the past of a cluster:
 *
 * - a time: a `Date`, or ISO 8601 with a zone, to the microsecond (`2026-01-02T14:03:00Z`). All that was committed up to then is in,
 *   that very microsecond included.
 * - a location in the WAL, such as `0/57AEE08`: all that lies before it is in.
 * - right before or right after the commit of a transaction
 * - a restore point, made by `pg_create_restore_point`
 */
export type Moment =
  | Date
  | string
  | { readonly before: TransactionNumber }
  | { readonly after: TransactionNumber }
  | { readonly restorePoint: string }

/** A moment as the WAL is searched for it. */
export type WantedMoment =
  | { readonly kind: 'time'; readonly time: bigint }
  | { readonly kind: 'location'; readonly location: number }
  | { readonly kind: 'before' | 'after'; readonly transaction: number }
  | { readonly kind: 'restore point'; readonly name: string }

const expected =
  "a Date, an ISO 8601 time with a zone ('2026-01-02T14:03:00Z'), a location in the WAL ('0/57AEE08'), { before: transaction }, " +
  '{ after: transaction } or { restorePoint: name }'

const location = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i

/** @throws PgforkError `INVALID_OPTION` */
export function readMoment(at: unknown, option = 'at'): WantedMoment {
  const wanted = typeof at === 'string' ? readText(at) : isObject(at) ? readObject(at) : undefined
  if (wanted === undefined) throw invalidOption(option, expected, at)
  return wanted
}

/** For people. */
export function describeMoment(wanted: WantedMoment): string {
  if (wanted.kind === 'time') return formatTimestamp(wanted.time)
  if (wanted.kind === 'location') return formatLocation(wanted.location)
  if (wanted.kind === 'restore point') return `the restore point ${JSON.stringify(wanted.name)}`
  return `right ${wanted.kind} the commit of transaction ${wanted.transaction}`
}

function readText(at: string): WantedMoment | undefined {
  if (location.test(at)) {
    const wanted = parseLocation(at)
    // It couldn't be told from others, nor be named in an error as it was given.
    return Number.isSafeInteger(wanted) ? { kind: 'location', location: wanted } : undefined
  }
  const time = parseTimestamp(at)
  return time === undefined ? undefined : { kind: 'time', time }
}

function readObject(at: Record<string, unknown>): WantedMoment | undefined {
  if (typeof at.getTime === 'function') {
    const isValid = !Number.isNaN((at as unknown as Date).getTime())
    return isValid ? { kind: 'time', time: timestampOf(at as unknown as Date) } : undefined
  }
  const [[name, value] = [], ...others] = Object.entries(at)
  if (others.length > 0) return undefined
  if (name === 'restorePoint')
    return typeof value === 'string' && value !== '' && Buffer.byteLength(value) < 64
      ? { kind: 'restore point', name: value }
      : undefined
  const transaction = readTransaction(value)
  return (name === 'before' || name === 'after') && transaction !== undefined ? { kind: name, transaction } : undefined
}

/** The smaller ones are PostgreSQL's own (`FirstNormalTransactionId`). */
const firstTransaction = 3

function readTransaction(value: unknown): number | undefined {
  const isNumber = typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))
  if (!isNumber && !(typeof value === 'string' && /^\d{1,20}$/.test(value))) return undefined
  const transaction = BigInt(value as TransactionNumber)
  const low = Number(BigInt.asUintN(32, transaction))
  return transaction >= 0n && low >= firstTransaction ? low : undefined
}
