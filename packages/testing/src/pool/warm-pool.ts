import { PgforkError } from '@pgfork/core'
import { clearTimer, setTimer } from '../clock.ts'
import { readPoolLimits } from './pool-limits.ts'
import type { AcquireOptions, PoolOptions } from './pool-options.ts'
import { Durations, type PoolStatistics } from './statistics.ts'
import { WaitingCallers } from './waiting-callers.ts'

/** Several times as long as a first query, and a small part of the time that making takes. */
const refillDelayMs = 10

/** What a pool needs to know about its items. */
export interface Factory<T> {
  make(signal: AbortSignal): Promise<T>
  /** Whether an item that was ready still is. */
  isAlive(item: T): boolean
  remove(item: T): Promise<void>
}

/**
 * Keeps items ready that take time to make, and makes new ones as they are taken. Each is handed out once. There are never
 * more than `maximum`: a caller that wants one more waits its turn.
 */
export class WarmPool<T> {
  readonly #factory: Factory<T>
  readonly #limits: Required<PoolOptions>
  readonly #ready: T[] = []
  readonly #handedOut = new Set<T>()
  readonly #waiting = new WaitingCallers<T>()
  readonly #pending = new Set<Promise<void>>()
  readonly #abort = new AbortController()
  readonly #acquireTimes = new Durations()
  readonly #makeTimes = new Durations()
  #making = 0
  #removing = 0
  #made = 0
  #failed = 0
  #died = 0
  #kept = 0
  /** Making failed: nothing more is made until the next `acquire`. */
  #isPaused = false
  #removalFailure: unknown
  #refill: NodeJS.Timeout | undefined

  constructor(factory: Factory<T>, options: PoolOptions) {
    this.#factory = factory
    this.#limits = readPoolLimits(options)
    this.#fill()
  }

  async acquire({ signal, timeoutMs = this.#limits.acquireTimeoutMs }: AcquireOptions = {}): Promise<T> {
    const started = performance.now()
    const item = this.#take() ?? (await this.#wait(timeoutMs, signal))
    this.#acquireTimes.add(performance.now() - started)
    return item
  }

  /** Takes back an item that was handed out. */
  release(item: T): Promise<void> {
    if (!this.#handedOut.delete(item)) return Promise.resolve()
    return this.#remove(item)
  }

  /** Gives up an item that was handed out: its new owner removes it. */
  keep(item: T): void {
    if (!this.#handedOut.delete(item)) return
    this.#kept++
    this.#fill()
  }

  statistics(): PoolStatistics {
    return {
      ready: this.#ready.length,
      handedOut: this.#handedOut.size,
      making: this.#making,
      removing: this.#removing,
      waiting: this.#waiting.length,
      made: this.#made,
      failed: this.#failed,
      died: this.#died,
      kept: this.#kept,
      acquire: this.#acquireTimes.quantiles(),
      make: this.#makeTimes.quantiles(),
    }
  }

  /** Returns when `size` items are ready. */
  async warm(): Promise<void> {
    this.#isPaused = false
    this.#fill()
    while (this.#making > 0 && this.#ready.length < this.#limits.size) await Promise.race(this.#pending)
    if (this.#ready.length >= this.#limits.size || this.#abort.signal.aborted) return
    // Throws the error that keeps items from being made.
    await this.release(await this.acquire())
  }

  /** Removes all items. @throws the error of the first removal that failed */
  async close(): Promise<void> {
    this.#abort.abort()
    clearTimer(this.#refill)
    this.#waiting.rejectAll(closed())
    for (const item of [...this.#ready.splice(0), ...this.#handedOut]) {
      this.#handedOut.delete(item)
      void this.#remove(item).catch(() => {})
    }
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
    if (this.#removalFailure !== undefined) throw this.#removalFailure
  }

  #take(): T | undefined {
    if (this.#abort.signal.aborted) throw closed()
    this.#isPaused = false
    for (;;) {
      const item = this.#ready.shift()
      if (item === undefined || this.#factory.isAlive(item)) {
        if (item !== undefined) this.#handedOut.add(item)
        this.#fillSoon()
        return item
      }
      this.#died++
      void this.#remove(item).catch(() => {})
    }
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
    const timedOut = (): PgforkError => exhausted(this.#limits.maximum, timeoutMs, this.#handedOut.size, this.#making)
    const item = this.#waiting.wait({ timeoutMs, signal, timedOut })
    this.#fill()
    return item
  }

  /**
   * After handing one out, makes the next a little later, so that the caller's first query doesn't compete with it. A caller
   * that finds none ready doesn't wait for this.
   */
  #fillSoon(): void {
    this.#refill ??= setTimer(() => {
      this.#refill = undefined
      this.#fill()
    }, refillDelayMs)
  }

  #fill(): void {
    const total = (): number => this.#ready.length + this.#handedOut.size + this.#making + this.#removing
    const wanted = (): number => this.#limits.size + this.#waiting.length
    while (
      !this.#abort.signal.aborted &&
      !this.#isPaused &&
      this.#making < this.#limits.concurrency &&
      this.#ready.length + this.#making < wanted() &&
      total() < this.#limits.maximum
    )
      this.#track(this.#make())
  }

  async #make(): Promise<void> {
    this.#making++
    const started = performance.now()
    try {
      const item = await this.#factory.make(this.#abort.signal)
      this.#made++
      this.#makeTimes.add(performance.now() - started)
      this.#offer(item)
    } catch (error) {
      this.#failed++
      this.#isPaused = true
      this.#waiting.rejectFirst(error)
      this.#isPaused = this.#waiting.length === 0
    } finally {
      this.#making--
      this.#fill()
    }
  }

  #offer(item: T): void {
    if (this.#abort.signal.aborted) return void this.#remove(item).catch(() => {})
    if (this.#waiting.length === 0) return void this.#ready.push(item)
    this.#handedOut.add(item)
    this.#waiting.serveFirst(item)
  }

  async #remove(item: T): Promise<void> {
    this.#removing++
    const removal = this.#factory.remove(item).finally(() => {
      this.#removing--
      this.#fill()
    })
    this.#track(removal)
    try {
      await removal
    } catch (error) {
      this.#removalFailure ??= error
      throw error
    }
  }

  #track(promise: Promise<void>): void {
    const settled = promise.then(
      () => {},
      () => {},
    )
    this.#pending.add(settled)
    void settled.then(() => this.#pending.delete(settled))
  }
}

const closed = (): PgforkError => new PgforkError('POOL_CLOSED', 'The pool of servers is closed.')

const exhausted = (maximum: number, timeoutMs: number, handedOut: number, making: number): PgforkError =>
  new PgforkError(
    'POOL_EXHAUSTED',
    `No server became free within ${timeoutMs} ms: ${handedOut} of at most ${maximum} are in use, ${making} are being made. ` +
      'Release servers, or raise maximum.',
    { facts: { maximum, timeoutMs, handedOut, making } },
  )
