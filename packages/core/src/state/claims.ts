import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { createFileAtomically, writeFileAtomically } from './atomic-file.ts'

/**
 * Numbers (ports, timelines) that forks hold, safe against other processes: the file named by the number can be created
 * only once, and holds the name of its fork from the first moment on: a collection takes one without a name for what a power cut left.
 * Synchronous calls are over before a thread would have begun.
 */
export class Claims {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Takes a number for a fork; false when another one has it. */
  async take(number: number, holder: string): Promise<boolean> {
    try {
      await createFileAtomically(join(this.#folder, String(number)), holder, 'cached')
      return true
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) {
        mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
        return this.take(number, holder)
      }
      if (isSystemError(error, 'EEXIST')) return (await this.holderOf(number)) === holder
      throw fromSystemError(error, 'STATE_UNUSABLE', `The number ${number} cannot be claimed in ${this.#folder}`)
    }
  }

  /** Takes a number for the fork that has had it before, also where a power cut left the name of its file without the content. */
  async restore(number: number, holder: string): Promise<void> {
    if (await this.take(number, holder)) return
    if (isBlank((await this.holderOf(number)) ?? ''))
      await writeFileAtomically(join(this.#folder, String(number)), holder, 'cached')
  }

  /** Gives back one number, if this fork holds it. */
  async release(number: number, holder: string): Promise<void> {
    if ((await this.holderOf(number)) === holder) rmSync(join(this.#folder, String(number)), { force: true })
  }

  /** Gives back all that this fork holds. */
  async releaseAll(holder: string): Promise<void> {
    for (const number of await this.taken()) await this.release(number, holder)
  }

  async holderOf(number: number): Promise<string | undefined> {
    try {
      return readFileSync(join(this.#folder, String(number)), 'utf8')
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined
      throw error
    }
  }

  async taken(): Promise<number[]> {
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (isSystemError(error, 'ENOENT')) return []
      throw error
    })
    return names.map(Number).filter((number) => Number.isInteger(number))
  }
}

/** As a file system leaves a file whose content it had not written yet. */
const isBlank = (text: string): boolean => text.replaceAll('\0', '') === ''
