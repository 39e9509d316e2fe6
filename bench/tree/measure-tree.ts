import { formatMs } from '../report.ts'
import { medianOf } from '../statistics.ts'
import { stopSignal } from '../stop-signal.ts'
import { diskUsed } from '../testing/measure-memory.ts'
import { timed } from '../testing/time.ts'
import { type BranchFigures, measureBranch } from './measure-branch.ts'
import type { Branch, Tree, TreeWay } from './tree.ts'

export interface TreeOptions {
  readonly rows: number
  /** Branches of which each is made of the one before. */
  readonly spine: number
  /** Branches of one. */
  readonly fanOut: number
  /** So many are made at a time, as many as `fanOut / 4` in all. */
  readonly sideBySide: number
}

interface Figures extends BranchFigures {
  readonly where: string
  readonly createMs: number
}

export interface TreeFigures {
  readonly way: string
  readonly figures: readonly Figures[]
  /** Of all of them together, by each. */
  readonly sideBySideMs: number
  readonly removeMs: number
  readonly createBytes: number
  /** By what `measureBranch` writes. */
  readonly writeBytes: number
}

/** So many branches at each place are looked at. */
const window = 8

export async function measureTree(
  way: TreeWay,
  options: TreeOptions,
  tell: (line: string) => void,
): Promise<TreeFigures> {
  const { rows, spine, fanOut } = options
  await using tree = await way.open(rows)
  await measureBranch(tree.root, rows)
  const figures: Figures[] = []
  const made: Branch[] = []
  const grow = async (count: number, parentOf: () => Branch, shape: string): Promise<void> => {
    const all: { createMs: number; branch?: BranchFigures }[] = []
    const [first, last] = [new Set<number>(), new Set<number>()]
    for (let index = 0; index < Math.min(window, count); index++) {
      first.add(index)
      last.add(count - 1 - index)
    }
    for (let index = 0; index < count; index++) {
      stopSignal.throwIfAborted()
      const parent = parentOf()
      const [createMs, branch] = await timed(() => tree.branch(parent, `${shape}-${index}`))
      made.push(branch)
      const isSeen = first.has(index) || last.has(index)
      all.push({ createMs, ...(isSeen ? { branch: await measureBranch(branch, rows) } : {}) })
    }
    for (const [place, indexes] of [
      ['first', first],
      ['last', last],
    ] as const) {
      const chosen = [...indexes].flatMap((index) => all[index] ?? [])
      const over = (pick: (one: BranchFigures) => number): number =>
        medianOf(chosen.flatMap(({ branch }) => (branch === undefined ? [] : pick(branch))))
      figures.push({
        where: `${shape} of ${count}, the ${place} ${indexes.size}`,
        createMs: medianOf(chosen.map(({ createMs }) => createMs)),
        connectMs: over(({ connectMs }) => connectMs),
        pointMs: over(({ pointMs }) => pointMs),
        rangeMs: over(({ rangeMs }) => rangeMs),
        updateMs: over(({ updateMs }) => updateMs),
      })
      tell(`${way.name}, ${figures.at(-1)?.where}: ${formatMs(figures.at(-1)?.createMs ?? 0)}`)
    }
  }
  await grow(spine, () => made.at(-1) ?? tree.root, 'spine')
  await removeAll(tree, made)
  const { createBytes, writeBytes } = await measureDisk(tree, rows)
  await grow(fanOut, () => tree.root, 'fan')
  const removeMs = await removeAll(tree, made)
  const sideBySideMs = await measureSideBySide(tree, options)
  tell(`${way.name}, side by side: ${formatMs(sideBySideMs)} each`)
  return { way: way.name, figures, sideBySideMs, removeMs, createBytes, writeBytes }
}

/** From the last to the first. @returns milliseconds for each */
async function removeAll(tree: Tree, made: Branch[]): Promise<number> {
  const times: number[] = []
  for (const branch of made.splice(0).reverse()) times.push((await timed(() => tree.remove(branch)))[0])
  return medianOf(times)
}

async function measureSideBySide(tree: Tree, { fanOut, sideBySide }: TreeOptions): Promise<number> {
  const count = Math.max(sideBySide, Math.floor(fanOut / 4))
  const made: Branch[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) made.push(await tree.branch(tree.root, `beside-${next++}`))
  }
  const [milliseconds] = await timed(() => Promise.all(Array.from({ length: sideBySide }, work)))
  await removeAll(tree, made)
  return milliseconds / count
}

async function measureDisk(tree: Tree, rows: number): Promise<Pick<TreeFigures, 'createBytes' | 'writeBytes'>> {
  const made: Branch[] = []
  const before = await diskUsed(tree.path)
  for (let index = 0; index < window; index++) made.push(await tree.branch(tree.root, `disk-${index}`))
  const created = await diskUsed(tree.path)
  for (const branch of made) await measureBranch(branch, rows)
  const written = await diskUsed(tree.path)
  await removeAll(tree, made)
  return { createBytes: (created - before) / window, writeBytes: (written - created) / window }
}
