import { usageError } from '../output/usage-error.ts'

const bytesOf: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }
/** A Btrfs of less has hardly any room for its metadata. */
const leastBytes = 256 * 1024 ** 2

/** `500M`, `20G`, `1T` in bytes. @throws PgforkError `INVALID_OPTION` */
export function readSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([MGT])$/.exec(text) ?? []
  const bytes = Number(number) * (bytesOf[unit] ?? Number.NaN)
  if (bytes >= leastBytes) return bytes
  throw usageError(`--size takes a size such as 500M, 20G or 1T, at least 256M, not ${text}.`, '--size')
}
