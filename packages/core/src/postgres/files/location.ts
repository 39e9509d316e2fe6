/**
 * Positions in the WAL as numbers of bytes, which are exact up to 8 PiB of it. PostgreSQL writes them as two hexadecimal
 * halves, `0/3000148`.
 */
export function parseLocation(text: string): number {
  const [high, low] = text.split('/')
  return Number.parseInt(high ?? '', 16) * 2 ** 32 + Number.parseInt(low ?? '', 16)
}

export function formatLocation(location: number): string {
  const [high, low] = [Math.floor(location / 2 ** 32), location % 2 ** 32]
  return `${high.toString(16).toUpperCase()}/${low.toString(16).toUpperCase()}`
}

export interface SegmentName {
  readonly timeline: number
  /** Counted from the beginning of all WAL. */
  readonly number: number
}

/** The name of a segment file: eight digits each of timeline, high and low part, of which `2^32 / segmentBytes` make one high. */
export function parseSegmentName(name: string, segmentBytes: number): SegmentName | undefined {
  const [, timeline, high, low] = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name) ?? []
  if (timeline === undefined || high === undefined || low === undefined) return undefined
  return {
    timeline: Number.parseInt(timeline, 16),
    number: Number.parseInt(high, 16) * (2 ** 32 / segmentBytes) + Number.parseInt(low, 16),
  }
}

export function formatSegmentName({ timeline, number }: SegmentName, segmentBytes: number): string {
  const perHigh = 2 ** 32 / segmentBytes
  return [timeline, Math.floor(number / perHigh), number % perHigh]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('')
}
