import { messageOf } from '../errors/message-of.ts'
import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { type ForkRecord, forkStore } from '../records/fork-record.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import type { Space } from '../storage/driver/snapshot-driver.ts'

/** What a fork takes. */
export interface ForkSpace {
  readonly name: string
  /** What it shares with nothing. Undefined where its storage can't tell. */
  readonly ownBytes: number | undefined
}

/** How full a pool is. */
export interface PoolSpace {
  readonly driver: string
  /** As the driver names it: a file system, a zpool, a thin pool. */
  readonly pool: string
  /** Of a volume in it. */
  readonly root: string
  readonly space: Space
}

/** What `measureStorage` has found. */
export interface StorageUse {
  readonly forks: readonly ForkSpace[]
  /** Each pool once in which a fork is. */
  readonly pools: readonly PoolSpace[]
}

/**
 * What the forks of this state directory take, and how full their pools are. `onWarning` is told of what can't be measured; it is
 * left out.
 *
 * @throws PgforkError `STATE_UNUSABLE` when the directory itself is unusable
 */
export async function measureStorage(options: OperationOptions = {}): Promise<StorageUse> {
  checkOptions('measureStorage', options, operationShape)
  const operation = await startOperation(options)
  const store = forkStore(operation.state)
  const forks: ForkSpace[] = []
  const copies = new Map<string, VolumeCopy>()
  for (const name of (await store.names()).sort()) {
    const record = await attempt(operation, `The fork ${name}`, () => store.find(name))
    if (record === undefined) continue
    forks.push({ name, ownBytes: await ownBytesOf(record, operation) })
    for (const clone of record.clones) copies.set(`${clone.driver} ${clone.volume.pool}`, clone)
  }
  const pools = await Promise.all([...copies.values()].map((copy) => spaceOf(copy, operation)))
  return { forks, pools: pools.filter((pool) => pool !== undefined) }
}

/** Of all its volumes, or of none. */
async function ownBytesOf({ name, clones, status }: ForkRecord, operation: Operation): Promise<number | undefined> {
  if (status !== 'ready') return undefined
  const { drivers } = operation
  let sum = 0
  for (const clone of clones) {
    const bytes = await attempt(operation, `The space of the fork ${name}`, () =>
      drivers.ownBytes(clone, operation.driverContext()),
    )
    if (bytes === undefined) return undefined
    sum += bytes
  }
  return sum
}

async function spaceOf(copy: VolumeCopy, operation: Operation): Promise<PoolSpace | undefined> {
  const { driver, volume } = copy
  const { pool, root } = volume
  const space = await attempt(operation, `The pool ${pool}`, () =>
    operation.drivers.space(copy, operation.driverContext()),
  )
  return space && { driver, pool, root, space }
}

/** What can't be measured of one says nothing of the others. */
async function attempt<T>({ warn }: Operation, what: string, measure: () => Promise<T>): Promise<T | undefined> {
  try {
    return await measure()
  } catch (error) {
    warn(`${what} can't be measured. ${messageOf(error)}`)
    return undefined
  }
}
