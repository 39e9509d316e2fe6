import { type BigIntStats, readFileSync, rmSync, type Stats, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { validateName } from '../names/validate-name.ts'
import { createFileAtomically, type FileDurability, flushFile, writeFileAtomically } from './atomic-file.ts'
import { forgetRecord, knownRecord, rememberRecord } from './known-records.ts'

/** Records of one kind in one folder: a JSON file each, validated when read, replaced as a whole when written. */
export class RecordStore<T extends { readonly name: string }> {
  readonly #folder: string
  readonly #schema: z.ZodType<T>
  readonly #durabilityOf: (record: T, isNew: boolean) => FileDurability

  constructor(
    folder: string,
    schema: z.ZodType<T>,
    durabilityOf: (record: T, isNew: boolean) => FileDurability = () => 'flushed',
  ) {
    this.#folder = folder
    this.#schema = schema
    this.#durabilityOf = durabilityOf
  }

  /** @throws PgforkError `NAME_TAKEN` */
  async create(record: T, durability = this.#durabilityOf(record, true)): Promise<void> {
    const { name } = record
    await createFileAtomically(this.#path(name), this.#format(record), durability).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw fromSystemError(error, 'STATE_UNUSABLE', 'A record cannot be written')
      throw nameTaken(name, error)
    })
  }

  /** Flushes one that was created as `cached`. */
  async flush(name: string): Promise<void> {
    await flushFile(this.#path(name)).catch((error: unknown) => {
      throw fromSystemError(error, 'STATE_UNUSABLE', `The record of ${name} cannot be written`)
    })
  }

  async replace(record: T): Promise<void> {
    const { name } = record
    await writeFileAtomically(this.#path(name), this.#format(record), this.#durabilityOf(record, false)).catch(
      (error: unknown) => {
        throw fromSystemError(error, 'STATE_UNUSABLE', `The record of ${name} cannot be written`)
      },
    )
  }

  /**
   * Undefined also for a record whose content a power cut took: one that nobody flushed.
   *
   * @throws PgforkError `STATE_UNUSABLE` when there is a record that can't be read
   */
  async find(name: string): Promise<T | undefined> {
    const path = this.#path(name)
    const version = statRecord(path)
    if (version === undefined) {
      forgetRecord(path)
      return undefined
    }
    const known = knownRecord(path, version) as T | undefined
    if (known !== undefined) return known
    const text = readRecord(path)
    if (text === undefined || text.replaceAll('\0', '') === '') return undefined
    const record = this.#parse(path, text, name)
    // What was read may be a later version: then nobody finds it by this one.
    rememberRecord(path, version, record)
    return record
  }

  async names(): Promise<string[]> {
    const files = await readdir(this.#folder)
    return files.filter((file) => file.endsWith('.json') && !file.startsWith('.')).map((file) => file.slice(0, -5))
  }

  async remove(name: string): Promise<void> {
    rmSync(this.#path(name), { force: true })
    forgetRecord(this.#path(name))
  }

  /** Whether there is a record, readable or not. */
  async exists(name: string): Promise<boolean> {
    return this.#stat(name) !== undefined
  }

  /** Whether a power cut took the content of a record. */
  async isEmpty(name: string): Promise<boolean> {
    return (await this.exists(name)) && (await this.find(name)) === undefined
  }

  async removeEmpty(name: string): Promise<void> {
    if (await this.isEmpty(name)) await this.remove(name)
  }

  #stat(name: string): Stats | undefined {
    try {
      return statSync(this.#path(name), { throwIfNoEntry: false })
    } catch (error) {
      throw fromSystemError(error, 'STATE_UNUSABLE', `The record of ${name} can't be read`)
    }
  }

  #path(name: string): string {
    return join(this.#folder, `${validateName(name)}.json`)
  }

  /** What couldn't be read again isn't written: some of it is what a source says of itself. */
  #format(record: T): string {
    const { success, error } = this.#schema.safeParse(record)
    if (success) return `${JSON.stringify(record, null, 2)}\n`
    throw new PgforkError('STATE_UNUSABLE', `The record of ${record.name} holds what no record can: ${error.message}`, {
      facts: { name: record.name },
      cause: error,
    })
  }

  #parse(path: string, text: string, name: string): T {
    try {
      const record = this.#schema.parse(JSON.parse(text))
      // A copy of another record would make one fork two: whoever removed the one would remove the other.
      if (record.name !== name) throw new Error(`it is the record of ${record.name}`)
      return record
    } catch (error) {
      throw new PgforkError(
        'STATE_UNUSABLE',
        `The record ${path} can't be read: it is damaged, or a newer pgfork wrote it. What it describes was not touched.`,
        { facts: { path }, cause: error },
      )
    }
  }
}

function statRecord(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    throw fromSystemError(error, 'STATE_UNUSABLE', `The record ${path} cannot be read`)
  }
}

export const nameTaken = (name: string, cause?: unknown): PgforkError =>
  new PgforkError('NAME_TAKEN', `The name ${name} is already taken. Choose another one, or destroy what has it.`, {
    facts: { name },
    cause,
  })

function readRecord(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw fromSystemError(error, 'STATE_UNUSABLE', `The record ${path} cannot be read`)
  }
}
