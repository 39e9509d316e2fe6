import { type PartName, parsePartName } from '../../records/copy-names.ts'
import type { StoredPart } from '../../storage/driver/driver-set.ts'

/** What belongs to one fork or snapshot: its clones, and the snapshot that was made for it. */
export interface PartGroup {
  readonly kind: 'fork' | 'snapshot'
  readonly name: string
  readonly identity: string | undefined
  /** In the order of their numbers. */
  readonly clones: readonly StoredPart[]
  readonly snapshots: readonly StoredPart[]
}

/** Groups what was found in storage by the names that it was given. What pgfork never named so stands alone. */
export function groupParts(parts: readonly StoredPart[]): PartGroup[] {
  const groups = new Map<string, { parsed: PartName | undefined; name: string; parts: StoredPart[] }>()
  for (const part of parts) {
    const parsed = parsePartName(part.name)
    const key = parsed?.group ?? part.name
    const group = groups.get(key) ?? { parsed, name: parsed?.name ?? part.name, parts: [] }
    group.parts.push(part)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ parsed, name, parts: members }) => {
    const ofKind = (kind: StoredPart['kind']): StoredPart[] =>
      members.filter((part) => part.kind === kind).sort((one, other) => indexOf(one) - indexOf(other))
    const clones = ofKind('clone')
    const kind = clones.length > 0 ? 'fork' : 'snapshot'
    return { kind, name, identity: parsed?.identity, clones, snapshots: ofKind('snapshot') }
  })
}

export const indexOf = ({ name }: Pick<StoredPart, 'name'>): number => parsePartName(name)?.index ?? 0
