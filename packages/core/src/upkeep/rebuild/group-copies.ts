import { type CopyName, parseCopyName } from '../../records/copy-names.ts'
import type { StoredCopy } from '../../storage/driver/driver-set.ts'

/** What belongs to one fork or snapshot: its clones, and the snapshot that was made for it. */
export interface CopyGroup {
  readonly kind: 'fork' | 'snapshot'
  readonly name: string
  readonly identity: string | undefined
  /** In the order of their numbers. */
  readonly clones: readonly StoredCopy[]
  readonly snapshots: readonly StoredCopy[]
}

/** Groups what was found in storage by the names that it was given. What pgfork never named so stands alone. */
export function groupCopies(copies: readonly StoredCopy[]): CopyGroup[] {
  const groups = new Map<string, { parsed: CopyName | undefined; name: string; copies: StoredCopy[] }>()
  for (const copy of copies) {
    const parsed = parseCopyName(copy.name)
    const key = parsed?.group ?? copy.name
    const group = groups.get(key) ?? { parsed, name: parsed?.name ?? copy.name, copies: [] }
    group.copies.push(copy)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ parsed, name, copies: members }) => {
    const ofKind = (kind: StoredCopy['kind']): StoredCopy[] =>
      members.filter((copy) => copy.kind === kind).sort((one, other) => indexOf(one) - indexOf(other))
    const clones = ofKind('clone')
    const kind = clones.length > 0 ? 'fork' : 'snapshot'
    return { kind, name, identity: parsed?.identity, clones, snapshots: ofKind('snapshot') }
  })
}

export const indexOf = ({ name }: Pick<StoredCopy, 'name'>): number => parseCopyName(name)?.index ?? 0
