import { traceStep } from '../diagnostics/channels.ts'
import { withSpan } from '../diagnostics/with-span.ts'
import { fromSystemError } from '../errors/from-system-error.ts'
import { messageOf } from '../errors/message-of.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { aborted, throwIfAborted } from '../process/throw-if-aborted.ts'

/** The life cycle of a fork, in its order. A step that has nothing to do is left out. */
export const stepNames = [
  /** What the source is: its directory, server, settings and binaries. */
  'inspect',
  /** Which volumes are captured, in which way, and whether they have room. */
  'plan',
  /** Of the source. A base backup has its own, within `snapshot`. */
  'checkpoint',
  'snapshot',
  'clone',
  /** What belongs to the source is taken out of the copied files. */
  'sanitize',
  /** `at`: the WAL up to a past moment is found and put into the fork. */
  'moment',
  'timeline',
  /** `at`: much WAL is replayed by a server with large buffers, which nobody gets into. */
  'replay',
  'start',
  /** `verify: { deep: true }`: the checksum of every page. */
  'pages',
  /** By SQL: stops what would act outside the fork. */
  'neutralize',
  /** The caller's. */
  'prepare',
  'verify',
  'ready',
] as const

/** What only the copy of a server elsewhere goes through. */
const copyStepNames = [
  /** `createStandby`: a base backup. */
  'seed',
  /** `createStandby`: until it streams. */
  'stream',
  /** `importDatabase`. */
  'dump',
  /** `importDatabase`. */
  'restore',
] as const

/** The name of a step, in progress, timings and errors. */
export type StepName = (typeof stepNames)[number] | (typeof copyStepNames)[number]

/** How long a step took. */
export interface StepTiming {
  readonly name: StepName
  readonly milliseconds: number
}

/** What `onProgress` is told. A step that copies, or replays WAL, also says how far it is. */
export interface ProgressEvent {
  readonly step: StepName
  readonly status: 'started' | 'running' | 'finished' | 'failed' | 'undone'
  /** Of this step so far. */
  readonly milliseconds: number
  readonly doneBytes?: number
  readonly totalBytes?: number
}

export interface StepSequenceOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined
}

interface Undo {
  readonly step: StepName
  readonly action: () => Promise<unknown>
}

/**
 * Runs steps in turn and, when one fails or the caller aborts, their undos in reverse. An undo is noted *before*
 * what it takes back begins, which can fail half done: undos are idempotent.
 */
export class StepSequence {
  static #count = 0
  readonly timings: StepTiming[] = []
  readonly #number = ++StepSequence.#count
  readonly #options: StepSequenceOptions
  readonly #undos: Undo[] = []
  #current: StepName = 'inspect'
  #startedAt = performance.now()
  #failure: PgforkError | undefined

  constructor(options: StepSequenceOptions = {}) {
    this.#options = options
  }

  async run<T>(name: StepName, action: () => Promise<T>): Promise<T> {
    this.#current = name
    this.#startedAt = performance.now()
    throwIfAborted(this.#options.signal)
    this.#tell('started')
    const result = await traceStep({ step: name, operation: this.#number }, () =>
      withSpan(`pgfork ${name}`, { 'pgfork.step': name }, action),
    )
    this.timings.push({ name, milliseconds: this.#elapsed() })
    this.#tell('finished')
    return result
  }

  /** Notes how to take back something that the step under way is about to do. */
  onUndo(action: () => Promise<unknown>): void {
    this.#undos.push({ step: this.#current, action })
  }

  progress(progress: { readonly doneBytes: number; readonly totalBytes?: number }): void {
    this.#tell('running', progress)
  }

  /**
   * Runs the whole sequence; on failure undoes it and throws the error with its step and what was left behind. Within another guard, what
   * was undone is undone.
   */
  async guard<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body()
    } catch (error) {
      if (this.#failure !== undefined && error === this.#failure) throw error
      throw await this.#undoAll(error)
    }
  }

  async #undoAll(error: unknown): Promise<PgforkError> {
    const failure = this.#explain(error)
    this.#failure = failure
    failure.step ??= this.#current
    this.#tellRegardless('failed')
    for (const { step, action } of this.#undos.reverse()) {
      try {
        await action()
      } catch (leftover) {
        failure.leftBehind.push({ step, reason: messageOf(leftover) })
      }
    }
    this.#undos.length = 0
    if (failure.leftBehind.length > 0)
      failure.message += ` Not undone: ${failure.leftBehind.map(({ reason }) => reason).join('; ')}`
    this.#tellRegardless('undone')
    return failure
  }

  /** Whatever a caller's function has thrown, what was done is undone: nothing here may throw. */
  #explain(error: unknown): PgforkError {
    const what = `The step ${this.#current} failed`
    try {
      const failure = fromSystemError(error, 'COMMAND_FAILED', what)
      if (this.#isGivenUp(error)) return aborted(this.#options.signal as AbortSignal)
      if (Object.isExtensible(failure)) return failure
      // The step, and what is left behind, can't be told by it.
      const { code, hazard, facts } = failure
      return new PgforkError(code, failure.message, {
        cause: error,
        facts,
        ...(hazard === undefined ? {} : { hazard }),
      })
    } catch {
      return new PgforkError('COMMAND_FAILED', `${what}: ${messageOf(error)}`, { cause: error })
    }
  }

  /** What Node's own functions throw when they are given the caller's signal is no failure of theirs. */
  #isGivenUp(error: unknown): boolean {
    const { signal } = this.#options
    return signal?.aborted === true && (error === signal.reason || (error as Error)?.name === 'AbortError')
  }

  #elapsed(): number {
    return performance.now() - this.#startedAt
  }

  /** A listener that throws fails the step under way, but keeps nothing from being undone. */
  #tellRegardless(status: ProgressEvent['status']): void {
    try {
      this.#tell(status)
    } catch {
      // Its step has failed already, which is what the caller is told.
    }
  }

  #tell(
    status: ProgressEvent['status'],
    progress: { readonly doneBytes?: number; readonly totalBytes?: number } = {},
  ): void {
    this.#options.onProgress?.({ step: this.#current, status, milliseconds: this.#elapsed(), ...progress })
  }
}
