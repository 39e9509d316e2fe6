import { chmodSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { isSystemError } from '../errors/from-system-error.ts'
import { messageOf } from '../errors/message-of.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { copyOutOf } from '../files/copy-file.ts'
import type { Directory } from '../files/directory.ts'
import { removeTree } from '../files/remove-tree.ts'
import type { Operation } from '../operation/operation.ts'
import { historyFileName } from '../postgres/files/history-files.ts'
import { formatSegmentName } from '../postgres/files/location.ts'
import { mostHistoryBytes, type TimelineHistory, timelineOfSegment } from '../postgres/files/timeline-history.ts'
import { isRefusedFile } from '../postgres/wal/refuse-wal-file.ts'
import type { FetchSegment } from '../postgres/wal/segment-files.ts'
import { flawOf } from './check-segment.ts'
import { type FetchFolders, makeFetchFolders, openLanding, removeFetchFolders } from './fetch-folders.ts'
import { type Absent, runRestoreCommand } from './run-restore-command.ts'

/** The cluster whose WAL is fetched. */
export interface ArchivedCluster {
  readonly systemIdentifier: string
  /** Of its files: whom the commands run as. */
  readonly owner: UserIdentity
}

/** Above a snapshot's. A command that has every file, whatever it is asked for, would be asked for ever. */
const mostTimelines = 200

/** PostgreSQL's own names for what a restore command copies. */
const landingNames = { segment: 'RECOVERYXLOG', history: 'RECOVERYHISTORY' } as const

/**
 * WAL in archives that are reached by commands (`restore_command`), for one operation: what is asked for is fetched once, into a private folder
 * that goes with the object. No server ever runs the commands.
 */
export class WalArchive implements AsyncDisposable {
  readonly #operation: Operation
  readonly #commands: readonly string[]
  /** Asked before so much is written to a folder. */
  readonly #admit: (path: string, bytes: number) => Promise<void>
  #folders: Promise<FetchFolders> | undefined
  #directory: Directory | undefined
  readonly #tried = new Map<string, boolean>()
  #absent: Absent | undefined

  constructor(
    operation: Operation,
    commands: readonly string[],
    admit: (path: string, bytes: number) => Promise<void>,
  ) {
    this.#operation = operation
    this.#commands = commands
    this.#admit = admit
  }

  /** Where what was fetched lies, if there is any. */
  get directories(): readonly Directory[] {
    return this.#directory === undefined ? [] : [this.#directory]
  }

  /**
   * Fetches the history of a timeline and of all that came after it, number by number until there is none, as PostgreSQL looks for the
   * newest one (`findNewestTimeLine` in timeline.c).
   */
  async fetchHistories(cluster: ArchivedCluster, timeline: number): Promise<void> {
    // The first one has none.
    if (timeline > 1) await this.#fetch(cluster, historyFileName(timeline), undefined)
    for (let next = timeline + 1; await this.#fetch(cluster, historyFileName(next), undefined); next++)
      if (next - timeline > mostTimelines) throw endless(historyFileName(next))
  }

  /** For reading a history of timelines: what no folder holds as a whole is fetched when it is needed. */
  segmentsOf(cluster: ArchivedCluster, history: TimelineHistory, segmentBytes: number): FetchSegment {
    return async (number) => {
      const timeline = timelineOfSegment(history, number, segmentBytes)
      const name = formatSegmentName({ timeline, number }, segmentBytes)
      const [directory] = (await this.#fetch(cluster, name, segmentBytes)) ? this.directories : []
      return directory && { timeline, number, directory, name }
    }
  }

  /** Adds to the error of a moment that isn't reached what the commands said last. */
  explain(error: unknown): unknown {
    const isMissing = error instanceof PgforkError && ['MOMENT_NOT_COVERED', 'MOMENT_NOT_FOUND'].includes(error.code)
    if (!isMissing || this.#absent === undefined) return error
    const { file, exitCode, stderr } = this.#absent
    error.message += ` The restore command had no ${file} (exit status ${exitCode}${stderr === '' ? '' : `: ${stderr}`}).`
    return error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const folders = await this.#folders?.catch(() => undefined)
    this.#folders = undefined
    this.#directory = undefined
    if (folders === undefined) return
    folders.kept[Symbol.dispose]()
    await removeFetchFolders(this.#operation.state, folders.record)
  }

  /** @returns whether it is there */
  async #fetch(cluster: ArchivedCluster, file: string, segmentBytes: number | undefined): Promise<boolean> {
    const known = this.#tried.get(file)
    if (known !== undefined) return known
    let isThere = false
    for (const command of this.#commands) {
      isThere = await this.#run(cluster, command, file, segmentBytes)
      if (isThere) break
    }
    this.#tried.set(file, isThere)
    return isThere
  }

  async #run(
    cluster: ArchivedCluster,
    command: string,
    file: string,
    segmentBytes: number | undefined,
  ): Promise<boolean> {
    this.#folders ??= makeFetchFolders(this.#operation, cluster.owner)
    const { record, kept } = await this.#folders
    this.#directory = kept
    await this.#admit(kept.path, segmentBytes ?? mostHistoryBytes)
    const landed = segmentBytes === undefined ? landingNames.history : landingNames.segment
    using landing = openLanding(record)
    // An answer of no may have left something.
    empty(landing)
    const path = join(record.landing, landed)
    const absent = await runRestoreCommand(this.#operation.runner, { command, file, path, user: cluster.owner })
    if (absent !== undefined) {
      if (segmentBytes !== undefined) this.#absent = absent
      return false
    }
    const temporary = join(kept.path, `${file}.copying`)
    try {
      await copyOutOf(landing, landed, temporary, segmentBytes ?? mostHistoryBytes)
    } catch (error) {
      throw isSystemError(error, 'ENOENT') || isRefusedFile(error)
        ? unusable(file, `left none, or another one: ${messageOf(error)}`, error)
        : error
    } finally {
      empty(landing)
    }
    const flaw =
      segmentBytes === undefined
        ? undefined
        : await flawOf(kept, `${file}.copying`, file, { segmentBytes, systemIdentifier: cluster.systemIdentifier })
    if (flaw !== undefined) {
      rmSync(temporary)
      throw unusable(file, `left one that ${flaw}`)
    }
    chmodSync(temporary, 0o600)
    renameSync(temporary, join(kept.path, file))
    return true
  }
}

const endless = (file: string): PgforkError =>
  new PgforkError(
    'COMMAND_FAILED',
    `The restore command had the histories of ${mostTimelines} timelines, up to ${file}. See that it says no, with an exit status of 1 or above, when the archive doesn't have the file called %f.`,
    { facts: { file } },
  )

function empty(directory: Directory): void {
  for (const name of directory.names()) removeTree(directory, name)
}

const unusable = (file: string, what: string, cause?: unknown): PgforkError =>
  new PgforkError(
    'COMMAND_FAILED',
    `The restore command for ${file} said that it had copied it, and ${what}. See that it copies the file called %f to the path %p, decompressed.`,
    { cause, facts: { file } },
  )
