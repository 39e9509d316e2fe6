import type { DriverContext } from '@pgfork/core/driver'

const pauseMs = 100

/** Adds up copied bytes and tells the caller now and then. */
export class ProgressMeter {
  readonly #totalBytes: number
  readonly #context: DriverContext
  #doneBytes = 0
  #toldAt = performance.now()

  constructor(totalBytes: number, context: DriverContext) {
    this.#totalBytes = totalBytes
    this.#context = context
  }

  add(bytes: number): void {
    this.#doneBytes += bytes
    if (performance.now() - this.#toldAt >= pauseMs) this.#tell()
  }

  finish(): void {
    this.#tell()
  }

  /** Files that grew meanwhile count. */
  #tell(): void {
    this.#toldAt = performance.now()
    this.#context.progress({ doneBytes: this.#doneBytes, totalBytes: Math.max(this.#totalBytes, this.#doneBytes) })
  }
}
