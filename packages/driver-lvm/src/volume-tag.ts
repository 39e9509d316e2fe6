import type { Volume } from '@pgfork/core/driver'
import { areOurs, supportedFileSystems } from './mount-options.ts'

/** What of its volume can't be asked of LVM once the volume is unmounted or gone. */
const kept = ['volume', 'fileSystem', 'mountOptions', 'directory'] as const

const prefix = 'pgfork.volume='
/** lvm(8). */
const longestTag = 1024

/**
 * A tag that says of which volume a snapshot or clone is, how a clone is mounted and where: only root writes it, while another volume
 * of the pool may be mounted in another way (H77). None where it would be too long.
 */
export function formatVolumeTag({ root, attributes }: Volume): string | undefined {
  const values = Object.fromEntries(kept.map((name) => [name, attributes[name] ?? '']))
  const tag = `${prefix}${Buffer.from(JSON.stringify({ root, ...values })).toString('base64url')}`
  return tag.length > longestTag ? undefined : tag
}

/** Undefined where there is no such tag, or one of somebody else's. */
export function parseVolumeTag(tags: string): { root: string; attributes: Record<string, string> } | undefined {
  const tag = tags.split(',').find((one) => one.startsWith(prefix))
  const { root, ...rest } = parseJson(tag?.slice(prefix.length) ?? '')
  const attributes = Object.fromEntries(kept.map((name) => [name, rest[name]]))
  const isWhole = [root, ...Object.values(attributes)].every((value) => typeof value === 'string')
  if (!isWhole || !isBelievable(attributes as Record<string, string>)) return undefined
  return { root: root as string, attributes: attributes as Record<string, string> }
}

/** A user who may run lvcreate by sudo writes what he likes into a tag (docs/drivers/lvm.md, "Without root"). */
const isBelievable = ({ fileSystem = '', mountOptions = '' }: Record<string, string>): boolean =>
  supportedFileSystems.includes(fileSystem) && areOurs(mountOptions)

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
