import process from 'node:process'
import { formatDuration } from './format.ts'
import { paint } from './style.ts'

const repaintMs = 100
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Lines for a person. What is under way is repainted in place on a terminal, and only told at its end elsewhere. */
export class Screen {
  readonly #stream = process.stdout
  #underWay: (() => string) | undefined
  #frame = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  get width(): number {
    return Math.min(this.#stream.columns ?? 80, 100)
  }

  line(text = ''): void {
    if (this.#isClosed) return
    this.#erase()
    this.#stream.write(`${text.trimEnd()}\n`)
    this.#repaint()
  }

  heading(text: string): void {
    this.line()
    this.line(paint('bold', text))
  }

  /** Shows `describe()` with a spinner until it is told something else, or nothing. */
  underWay(describe?: () => string): void {
    this.#underWay = describe
    if (!this.#stream.isTTY || this.#isClosed) return
    clearInterval(this.#timer)
    this.#erase()
    if (describe === undefined) return
    this.#timer = setInterval(() => this.#repaint(), repaintMs).unref()
    this.#repaint()
  }

  /** Shows nothing more, whoever goes on. */
  close(): void {
    this.underWay()
    this.#isClosed = true
  }

  /** Tells how long something takes, while it does and when it is done, with what came out. */
  async during<T>(what: string, work: Promise<T>, describe: (result: T) => string = () => ''): Promise<T> {
    const startedAt = performance.now()
    const elapsed = () => formatDuration(performance.now() - startedAt)
    this.underWay(() => `${what} ${paint('dim', elapsed())}`)
    try {
      const result = await work
      this.underWay()
      this.line(
        `  ${paint('green', '✔')} ${what.padEnd(44)} ${elapsed().padStart(8)}   ${paint('dim', describe(result))}`,
      )
      return result
    } finally {
      this.underWay()
    }
  }

  #repaint(): void {
    if (this.#underWay === undefined || !this.#stream.isTTY) return
    const sign = spinner[this.#frame++ % spinner.length] ?? ''
    this.#erase()
    this.#stream.write(`  ${paint('cyan', sign)} ${this.#underWay()}`)
  }

  #erase(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K')
  }
}
