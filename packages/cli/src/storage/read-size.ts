import { usageError } from '../output/usage-error.ts'

const bytesOf: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }
/** A Btrfs of less has hardly any room for its metadata. */
const leastBytes = 256 * 1024 ** 2

interface SizeOptions {
  readonly option?: string
  readonly least?: number
}

/** `500M`, `20G`, `1T` in bytes. @throws PgforkError `INVALID_OPTION` */
export function readSize(text: string, { option = '--size', least = leastBytes }: SizeOptions = {}): number {
  const [, number = '', unit = ''] = /^(\d{1,6})([MGT])$/.exec(text) ?? []
  const bytes = Number(number) * (bytesOf[unit] ?? Number.NaN)
  if (bytes >= least) return bytes
  throw usageError(
    `${option} takes a size such as 500M, 20G or 1T, at least ${least / 1024 ** 2}M, not ${text}.`,
    option,
  )
}
