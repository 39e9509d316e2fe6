import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'

const free = 'free'
const witnessPrefix = 'witness-'
/** Longer than anybody takes from making a witness to taking the lock. */
const oldMs = 60_000

/**
 * The folder of a lock. It holds one file whose name says who holds the lock, or `free`, and beside it the witness of the holder.
 * Renaming that file succeeds for exactly one: rename(2) is a compare-and-swap. Synchronously, as it is over before a thread would
 * have begun.
 */
export class LockFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  witnessOf(id: string): string {
    return join(this.path, `${witnessPrefix}${id}`)
  }

  /** The name of the file that says who holds the lock. Undefined when the folder has just been made; it is looked at again. */
  read(): string | undefined {
    try {
      const token = readdirSync(this.path).find((name) => !name.startsWith(witnessPrefix))
      if (token !== undefined) return token
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw this.#unusable(error)
    }
    this.#create()
    return undefined
  }

  /** Takes a free lock, or one that is known to have no holder any more. */
  take(from: string, to: string): boolean {
    // A file server that had to be asked twice may say no to what it has done.
    return this.#swap(from, to) || this.read() === to
  }

  /** Whoever removed the whole folder has ended the lock. */
  give(token: string): void {
    this.#swap(token, free)
  }

  isFree(token: string): boolean {
    return token === free
  }

  /** When a file was renamed to what it is. */
  since(token: string): Date | undefined {
    return statSync(join(this.path, token), { throwIfNoEntry: false })?.ctime
  }

  /** Removes the witnesses of processes that were killed, but for those that may be about to take the lock. */
  removeOtherWitnesses(id: string, predecessor: string | undefined): void {
    for (const name of readdirSync(this.path).filter((name) => name.startsWith(witnessPrefix))) {
      const path = join(this.path, name)
      if (path === this.witnessOf(id)) continue
      const made = statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Date.now()
      if (name === `${witnessPrefix}${predecessor}` || Date.now() - made > oldMs) rmSync(path, { force: true })
    }
  }

  /** A lock appears with its file in it, or not at all: renaming a folder over one that isn't empty fails. */
  #create(): void {
    let temporary: string | undefined
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      temporary = mkdtempSync(`${this.path}.`)
      writeFileSync(join(temporary, free), '', { mode: 0o600 })
      renameSync(temporary, this.path)
    } catch (error) {
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
      if (!isSystemError(error, 'ENOTEMPTY') && !isSystemError(error, 'EEXIST')) throw this.#unusable(error)
    }
  }

  #swap(from: string, to: string): boolean {
    try {
      renameSync(join(this.path, from), join(this.path, to))
      return true
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return false
      throw this.#unusable(error)
    }
  }

  #unusable(error: unknown): Error {
    return fromSystemError(error, 'STATE_UNUSABLE', `The lock ${this.path} cannot be changed`)
  }
}
