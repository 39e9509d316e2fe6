import type { Operation } from '../../operation/operation.ts'
import type { CopyRecord } from '../../records/generation.ts'
import { isReady, isRemoving } from '../../records/transitions.ts'
import type { FinderRules } from './garbage.ts'
import { whyEnded } from './why-ended.ts'

/**
 * Why a copy of a server elsewhere, or a generation of it, is garbage; undefined when nothing of it is.
 *
 * @param reasons for generations that are to be removed, and what an ended process left of the next one
 */
export async function whyUnfinished(
  operation: Operation,
  record: CopyRecord,
  rules: FinderRules,
  reasons: { readonly retired: string; readonly next: string },
): Promise<string | undefined> {
  const { status, maker, next, retired } = record
  if (isRemoving(record)) return rules.onlyDead === true ? undefined : 'its removal failed or was cut off'
  if (!isReady(record)) {
    const ended = await whyEnded(operation, { maker, copies: [] }, rules)
    return ended && `${ended}, and left it ${status}`
  }
  if (next === undefined) return retired.length > 0 ? reasons.retired : undefined
  const ended = await whyEnded(operation, { maker: next.maker, copies: [] }, rules)
  return ended && `${ended}, and ${reasons.next}`
}
