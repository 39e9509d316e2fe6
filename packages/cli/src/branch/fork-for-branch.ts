import { join, relative } from 'node:path'
import process from 'node:process'
import {
  type CommandRunner,
  type CreateForkOptions,
  createFork,
  createRunner,
  type Fork,
  isPgforkError,
  type OperationOptions,
  openFork,
  PgforkError,
} from '@pgfork/core'
import { openStateDirectory, type RecordStore, withLock } from '@pgfork/core/companion'
import type { Context } from '../context/context.ts'
import { findFork } from '../output/fork-report.ts'
import { type BranchRecord, folderId, isForkOf, listBranchRecords, openBranchStore } from './branch-record.ts'
import { identifyBranch } from './identify-branch.ts'
import { nameNow } from './name-now.ts'
import { currentBranch, findRepository, type Repository } from './repository.ts'

export interface BranchFork {
  readonly fork: Fork
  readonly record: BranchRecord
  /** It wasn't there. */
  readonly isNew: boolean
}

/**
 * The fork of the branch that is checked out where the command runs; it is made if it isn't there, and started if it is stopped.
 *
 * @param options asked for only when it is to be made
 * @throws PgforkError what finding the repository and `createFork` throw
 */
export async function forkForBranch(context: Context, options: () => Promise<CreateForkOptions>): Promise<BranchFork> {
  const { operation, interruption } = context
  const runner = createRunner()
  const repository = await findRepository(process.cwd(), runner)
  const branch = await currentBranch(repository, runner)
  const { names, ports } = identifyBranch({ ...repository, branch })
  const state = await openStateDirectory(operation.stateDirectory)
  const store = await openBranchStore(operation.stateDirectory)
  const lock = join(state.locks, `branch-${names[0]}`)
  return withLock(lock, { runner, signal: interruption.signal }, async () => {
    const records = await listBranchRecords(store)
    const known = await findRecord(records, repository, branch, runner)
    const found = known && (await findFork(known.name, operation))
    // One that was never finished is no fork; making it removes what is left of it.
    if (known !== undefined && found !== undefined && isForkOf(known, found) && !unfinished.includes(found.status)) {
      const record = { ...known, branch, ...placeOf(repository), forkCreatedAt: found.createdAt.toISOString() }
      await store.replace(record)
      const fork = await openFork(known.name, operation)
      if (fork.pid === undefined) await fork.start()
      return { fork, record, isNew: false }
    }
    const name = known?.name ?? names.find((one) => !records.some((other) => other.name === one)) ?? ''
    const others = records.filter((other) => other.name !== name)
    const untaken = [...(known === undefined ? [] : [known.port]), ...ports].filter(
      (port) => !others.some((other) => other.port === port),
    )
    const record = { name, createdAt: new Date().toISOString(), branch, ...placeOf(repository) }
    return makeFork(store, record, [...new Set(untaken)], await options(), operation)
  })
}

const unfinished = ['creating', 'removing']

/** The name of that fork, which is there already. @throws PgforkError `FORK_NOT_FOUND`, and what finding the repository throws */
export async function nameForBranch({ operation }: Context): Promise<string> {
  const runner = createRunner()
  const repository = await findRepository(process.cwd(), runner)
  const branch = await currentBranch(repository, runner)
  const records = await listBranchRecords(await openBranchStore(operation.stateDirectory))
  const known = await findRecord(records, repository, branch, runner)
  const found = known && (await findFork(known.name, operation))
  if (known !== undefined && found !== undefined && isForkOf(known, found)) return known.name
  throw new PgforkError(
    'FORK_NOT_FOUND',
    `${branch ?? `The worktree ${repository.worktree}`} has no fork of its own. Make it: pgfork create --for-branch.`,
    { facts: { worktree: repository.worktree, branch } },
  )
}

/** By its place; or, of a repository that was moved or a branch that was renamed since, by what stays. */
async function findRecord(
  records: readonly BranchRecord[],
  repository: Repository,
  branch: string | undefined,
  runner: CommandRunner,
): Promise<BranchRecord | undefined> {
  const place = placeOf(repository)
  const { commonDirectory, repositoryId, gitDirectory } = place
  const ofWorktree = records.filter((record) => record.gitDirectory === gitDirectory)
  const here = ofWorktree.filter((record) => record.commonDirectory === commonDirectory)
  // A snapshot of the file system has another repository with the same numbers, whose own place is still there.
  const moved = ofWorktree.filter(
    (record) => record.repositoryId === repositoryId && folderId(record.commonDirectory) !== repositoryId,
  )
  const same = [...here, ...moved].find((record) => record.branch === branch)
  if (same !== undefined || branch === undefined) return same
  for (const record of [...here, ...moved])
    if (record.branch !== undefined && (await nameNow({ ...record, ...place }, runner)) === branch) return record
  return undefined
}

const placeOf = ({ commonDirectory, gitDirectory, worktree, owner }: Repository) => ({
  ...{ commonDirectory, worktree, owner },
  repositoryId: folderId(commonDirectory) ?? '',
  gitDirectory: relative(commonDirectory, gitDirectory),
})

/** At the first port that is free. Without a fork there is no new record. */
async function makeFork(
  store: RecordStore<BranchRecord>,
  planned: Omit<BranchRecord, 'port'>,
  [port = 0, ...otherPorts]: readonly number[],
  options: CreateForkOptions,
  operation: OperationOptions,
): Promise<BranchFork> {
  const { name } = planned
  const before = await store.find(name)
  const record = { ...planned, port }
  await store.replace(record)
  let fork: Fork
  try {
    fork = await createFork({ ...options, name, port })
  } catch (error) {
    await (before === undefined ? store.remove(name) : store.replace(before))
    if (isPgforkError(error, 'PORT_IN_USE') && otherPorts.length > 0)
      return makeFork(store, planned, otherPorts, options, operation)
    throw error
  }
  // Where there is no room to note it, the record finds the fork by its name and the time.
  const found = await findFork(name, operation)
  const made = { ...record, forkCreatedAt: (found?.createdAt ?? new Date()).toISOString() }
  await store.replace(made)
  return { fork, record: made, isNew: true }
}
