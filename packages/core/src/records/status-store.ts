import { existsSync } from 'node:fs'
import type { z } from 'zod'
import type { ErrorCode } from '../errors/codes.ts'
import { messageOf } from '../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { FileDurability } from '../state/atomic-file.ts'
import { nameTaken, RecordStore } from '../state/record-store.ts'
import {
  type HasStatus,
  isAllowed,
  isChangeable,
  isReady,
  meaningOf,
  type Transition,
  transitions,
} from './transitions.ts'

/** What every record has in common. A name can be given again: name and time of creation say which one is meant. */
export interface StatusRecord extends HasStatus {
  readonly name: string
  readonly createdAt: string
}

/** A record as far as its store doesn't write it. */
export type Described<R> = { [Key in keyof R as Key extends 'status' ? never : Key]: R[Key] }

type Kind = 'fork' | 'snapshot' | 'standby' | 'import'

/** When it is gone, and when it can't be used. */
const codes = {
  fork: { gone: 'FORK_NOT_FOUND', unusable: 'FORK_NOT_READY' },
  snapshot: { gone: 'SNAPSHOT_NOT_FOUND', unusable: 'SNAPSHOT_NOT_FOUND' },
  standby: { gone: 'STANDBY_NOT_FOUND', unusable: 'STANDBY_NOT_READY' },
  import: { gone: 'IMPORT_NOT_FOUND', unusable: 'IMPORT_NOT_READY' },
} as const satisfies Record<Kind, { gone: ErrorCode; unusable: ErrorCode }>

export interface StatusStoreOptions<R> {
  readonly kind: Kind
  readonly folder: string
  readonly schema: z.ZodType<R>
  /** `isNew` when it replaces none. */
  readonly durabilityOf?: (record: R, isNew: boolean) => FileDurability
}

/**
 * Records of forks, snapshots and the like, which go through the table of transitions. Whoever changes one holds the lock of its name.
 * Each verb looks whether the record is still that of the very thing that it is given, and refuses what the table doesn't
 * allow; it returns the record as it stands then.
 */
export class StatusStore<R extends StatusRecord> {
  readonly #kind: Kind
  readonly #folder: string
  readonly #records: RecordStore<R>

  constructor({ kind, folder, schema, durabilityOf }: StatusStoreOptions<R>) {
    this.#kind = kind
    this.#folder = folder
    this.#records = new RecordStore(folder, schema, durabilityOf)
  }

  find(name: string): Promise<R | undefined> {
    return this.#records.find(name)
  }

  names(): Promise<string[]> {
    return this.#records.names()
  }

  /** Oldest first. What one record is like says nothing about the others: `warn` is told of one that can't be read, and it is left out. */
  async list(warn: (message: string) => void): Promise<R[]> {
    const find = (name: string): Promise<R | undefined> =>
      this.find(name).catch((error: unknown) => {
        warn(`The ${this.#kind} ${name} is not listed. ${messageOf(error)}`)
        return undefined
      })
    const found = await Promise.all((await this.names()).map(find))
    return found
      .filter((record) => record !== undefined)
      .sort((one, other) => Date.parse(one.createdAt) - Date.parse(other.createdAt))
  }

  exists(name: string): Promise<boolean> {
    return this.#records.exists(name)
  }

  /** An early look; `begin` decides. @throws PgforkError `NAME_TAKEN` */
  async refuseTaken(name: string): Promise<void> {
    if (await this.exists(name)) throw nameTaken(name)
  }

  isEmpty(name: string): Promise<boolean> {
    return this.#records.isEmpty(name)
  }

  removeEmpty(name: string): Promise<void> {
    return this.#records.removeEmpty(name)
  }

  /** The record of this very thing as it stands now; undefined when it is gone, whoever has its name since. */
  async findSame({ name, createdAt }: Pick<R, 'name' | 'createdAt'>): Promise<R | undefined> {
    const current = await this.find(name)
    return current?.createdAt === createdAt ? current : undefined
  }

  /** The same, or an error that says that it is gone. */
  async requireSame(record: Pick<R, 'name' | 'createdAt'>): Promise<R> {
    const current = await this.findSame(record)
    if (current !== undefined) return current
    if (!existsSync(this.#folder))
      throw new PgforkError(
        'STATE_UNUSABLE',
        `${this.#folder} was removed, and with it the record of the ${this.#kind} ${record.name}. Make a new one, or look for what is left with rebuildState().`,
        { facts: { name: record.name, folder: this.#folder } },
      )
    throw new PgforkError(
      codes[this.#kind].gone,
      `The ${this.#kind} ${record.name} is gone from ${this.#folder}. Make a new one.`,
      { facts: { name: record.name, folder: this.#folder } },
    )
  }

  /** The same of what its users may use. */
  async requireReady(record: Pick<R, 'name' | 'createdAt'>): Promise<R> {
    const current = await this.requireSame(record)
    if (isReady(current)) return current
    throw this.#refused(current)
  }

  /** @throws PgforkError `NAME_TAKEN` */
  begin(described: Described<R>, durability?: FileDurability): Promise<R> {
    return this.#create('begin', described, durability)
  }

  /** Of one that was begun as `cached`. */
  flush({ name }: R): Promise<void> {
    return this.#records.flush(name)
  }

  /** @throws PgforkError `NAME_TAKEN` */
  adopt(described: Described<R>): Promise<R> {
    return this.#create('adopt', described)
  }

  async unadopt(record: R): Promise<void> {
    await this.#require(record, 'unadopt')
    await this.#records.remove(record.name)
  }

  /** Writes what has become known of it. */
  async change(record: R): Promise<R> {
    const current = await this.requireSame(record)
    if (!isChangeable(current)) throw this.#refused(current)
    const changed: R = { ...record, status: current.status }
    await this.#records.replace(changed)
    return changed
  }

  markReady(record: R): Promise<R> {
    return this.#mark('markReady', record)
  }

  markResetting(record: R): Promise<R> {
    return this.#mark('markResetting', record)
  }

  /** On a full disk the mark can't be written; removing is what helps then. */
  async markRemoving(record: R): Promise<R> {
    try {
      return await this.#mark('markRemoving', record)
    } catch (error) {
      if (!isPgforkError(error, 'NO_SPACE')) throw error
      return { ...record, status: transitions.markRemoving.to }
    }
  }

  /** Of one that was ready, and of which nothing has been removed. */
  unmarkRemoving(record: R): Promise<R> {
    return this.#mark('unmarkRemoving', record)
  }

  /** Of one that `markRemoving` returned. */
  async forget(record: R): Promise<void> {
    await this.requireSame(record)
    // Its file may say otherwise, where the mark could not be written.
    if (!isAllowed('forget', record.status)) throw this.#refused(record)
    await this.#records.remove(record.name)
  }

  async #create(transition: 'begin' | 'adopt', described: Described<R>, durability?: FileDurability): Promise<R> {
    const record = { ...described, status: transitions[transition].to } as unknown as R
    await this.#records.create(record, durability)
    return record
  }

  async #mark(transition: 'markReady' | 'markResetting' | 'markRemoving' | 'unmarkRemoving', record: R): Promise<R> {
    await this.#require(record, transition)
    const marked: R = { ...record, status: transitions[transition].to }
    await this.#records.replace(marked)
    return marked
  }

  async #require(record: R, transition: Transition): Promise<void> {
    const current = await this.requireSame(record)
    if (!isAllowed(transition, current.status)) throw this.#refused(current)
  }

  #refused({ name, status }: R): PgforkError {
    return new PgforkError(codes[this.#kind].unusable, `The ${this.#kind} ${name} ${meaningOf[status]}.`, {
      facts: { name, status },
    })
  }
}
