import { createHash } from 'node:crypto'
import { basename, dirname } from 'node:path'

/** What a fork is for. */
export interface BranchPlace {
  readonly commonDirectory: string
  readonly worktree: string
  /** In full, such as `refs/heads/main`; undefined for a worktree without a branch. */
  readonly branch: string | undefined
}

export interface BranchIdentity {
  /** To be tried in this order: one may belong to a branch that was called so and is renamed. */
  readonly names: readonly string[]
  /** To be tried in this order, until one is free. */
  readonly ports: readonly number[]
}

/** Below those that forks take without a wish, so that none of them is in the way. */
const lowestPort = 12_000
/** A prime: then steps of any length come to all of them. */
const portCount = 2_999
const triedPorts = 20

/**
 * Name and port by repository, branch and path, the same each time: what was removed and is made again has the same ones. The name
 * holds words to be read and eight digits that tell apart what is read alike, such as the branches `a/b` and `A-b`.
 */
export function identifyBranch({ commonDirectory, worktree, branch }: BranchPlace): BranchIdentity {
  const digest = createHash('sha256')
    .update([commonDirectory, worktree, branch ?? ''].join('\0'))
    .digest()
  const words = [
    wordsOf(repositoryName(commonDirectory), 16),
    branch === undefined ? 'detached' : wordsOf(branch.replace(/^refs\/heads\//, ''), 22),
  ]
  const names = [0, 12, 16, 20].map((start) =>
    [...words.filter((word) => word !== ''), digest.toString('hex', start, start + 4)].join('-'),
  )
  const first = digest.readUInt32BE(4) % portCount
  // Steps of their own for each, so that those who meet at one port part at the next.
  const stride = 1 + (digest.readUInt32BE(8) % (portCount - 1))
  const ports = Array.from({ length: triedPorts }, (_, index) => lowestPort + ((first + index * stride) % portCount))
  return { names, ports: [...new Set(ports)] }
}

const repositoryName = (commonDirectory: string): string =>
  basename(commonDirectory) === '.git' ? basename(dirname(commonDirectory)) : basename(commonDirectory, '.git')

/** What of a text is allowed in a name. */
const wordsOf = (text: string, longest: number): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, longest)
    .replace(/-$/, '')
