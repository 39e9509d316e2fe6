import process from 'node:process'
import type { DriverContext } from '@pgfork/core/driver'
import { closeForeign } from './close-foreign.ts'
import type { Copy } from './copy.ts'
import { copyByCommand } from './copy-by-command.ts'
import { copyMissed } from './copy-missed.ts'
import { copySmallTree, mostBytes, planSmallTree, type SmallTree } from './copy-small-tree.ts'
import { copyTree, planTree, type TreePlan } from './copy-tree.ts'
import { ProgressMeter } from './progress-meter.ts'
import { refuseWithoutSpace } from './space.ts'

export const hasCommand = process.platform === 'linux'

/**
 * A small tree that nobody changes, such as a test's template, is copied file by file, several at a time: 970 files took 30 ms on XFS and 50 ms
 * on ext4, where one `cp` took 43 and 56. Else `cp` takes next to no processor time of this process, where the file system calls of Node take as
 * long and all of it. But only those tell their progress, stop at once, and work without GNU cp, on macOS.
 *
 * @returns when all is there but files below the `later` of a copy, with what goes on
 * @throws PgforkError `NO_SPACE`, `PERMISSION_DENIED`, `COPY_MISSING`, `ABORTED`
 */
export async function makeCopies(
  copies: readonly Copy[],
  context: DriverContext,
): Promise<{ readonly rest: Promise<unknown> }> {
  const plans: TreePlan[] = []
  const small: SmallTree[] = []
  for (const copy of copies) {
    const tree = planSmallTree(copy)
    if (tree !== undefined) small.push(tree)
    else if (copy.sharesBlocks && hasCommand) await copyByCommand(copy, context)
    else plans.push(await planTree(copy, context.signal))
  }
  await refuseWithoutSpace([...plans, ...small.filter(({ sharesBlocks }) => !sharesBlocks)])
  const rests: Promise<void>[] = []
  for (const tree of small) rests.push((await copySmallTree(tree, context.signal)).rest)
  await copyPlanned(plans, context)
  for (const copy of copies.filter(({ isLive }) => isLive)) {
    await copyMissed(copy, context.signal)
    await closeForeign(copy, context)
  }
  const rest = Promise.all(rests)
  // Whoever waits for it is told.
  rest.catch(() => {})
  if (copies.every(({ later }) => later === undefined)) await rest
  return { rest }
}

async function copyPlanned(plans: readonly TreePlan[], context: DriverContext): Promise<void> {
  if (plans.length === 0) return
  const meter = new ProgressMeter(
    plans.reduce((sum, { totalBytes }) => sum + totalBytes, 0),
    context,
  )
  for (const plan of plans) {
    if (goesByCommand(plan)) {
      await copyByCommand(plan, context)
      meter.add(plan.totalBytes)
    } else await copyTree(plan, meter, context.signal)
  }
  meter.finish()
}

/** Of a copy whose files share no blocks. */
export const goesByCommand = (plan: TreePlan): boolean => hasCommand && plan.totalBytes <= mostBytes && !mayGrow(plan)

/** `cp` goes on as long as a file does: its owner could have root fill a disk (H63). What an ordinary user copies is his own. */
const mayGrow = ({ isLive }: Copy): boolean => isLive && process.geteuid?.() === 0
