import { type FileHandle, open, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type Acknowledged, type CommitName, History } from './history.ts'

/** Commits that come within this time share an fsync, so that the log doesn't take the disk from the server. */
const groupMs = 20

/** The acknowledged commits in a file outside the database: one line each, made durable in groups. */
export class CommitLog {
  readonly #file: FileHandle
  #pending = ''
  #failure: unknown
  #flushing: Promise<void> | undefined

  private constructor(file: FileHandle) {
    this.#file = file
  }

  static async create(path: string): Promise<CommitLog> {
    return new CommitLog(await open(path, 'wx', 0o600))
  }

  append({ writer, sequence }: CommitName, issuedTick: number, acknowledgedTick: number): void {
    this.#pending += `${writer} ${sequence} ${issuedTick} ${acknowledgedTick}\n`
    this.#flushing ??= this.#flushLater()
  }

  /** Returns when all is on disk. Nothing may be appended afterwards. */
  async close(): Promise<void> {
    // The group that is being written may have begun before the last append: then the next one holds it.
    await this.#flushing
    await this.#flushing
    await this.#file.close()
    if (this.#failure !== undefined) throw this.#failure
  }

  async #flushLater(): Promise<void> {
    await delay(groupMs)
    const lines = this.#pending
    this.#pending = ''
    try {
      await this.#file.appendFile(lines)
      await this.#file.datasync()
    } catch (error) {
      this.#failure = error
    }
    this.#flushing = this.#pending === '' ? undefined : this.#flushLater()
  }
}

/** What a log tells, for a process that was not there: all that was acknowledged until its end. */
export async function readCommitLog(path: string): Promise<Acknowledged> {
  const history = new History()
  const lines = (await readFile(path, 'utf8')).split('\n')
  // What follows the last line end is a line that was being written.
  for (const line of lines.slice(0, -1)) {
    const [writer = 0, sequence = 0, issuedTick = 0, acknowledgedTick = 0] = line.split(' ').map(Number)
    history.restore({ writer, sequence }, issuedTick, acknowledgedTick)
  }
  return { history, untilTick: history.tick }
}
