import { join } from 'node:path'
import { replaceFileAt } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import { formatConfiguration } from '../postgres/files/configuration-file.ts'
import { accessFile, configurationFile } from '../postgres/files/paths.ts'
import type { ServerPlace } from '../postgres/server/server-launcher.ts'
import { type ForkRecord, forkStore, type StartableFork } from '../records/fork-record.ts'
import { handOverClones } from './make-clones.ts'

export interface ServerFilesRequest {
  readonly fork: ForkRecord
  readonly dataDirectory: string
  readonly socketDirectory: string
  /** What the links of its data directory lead to. */
  readonly linked: readonly string[]
  /** Where its server runs. Default: a process of this machine. */
  readonly place: ServerPlace | undefined
  /** Its own. Default: it keeps its source's. */
  readonly timeline: number | undefined
  configuration(port: number): string
  /** Told of the record as it is now, before anything else is done. */
  onRecord(fork: StartableFork): void
}

/** What a fork's server finds in its data directory, and what is recorded of it. */
export interface ServerFiles {
  /** Who gets in: `pg_hba.conf`. */
  setAccess(rules: string): void
  /** Writes `postgresql.conf` for a port, with settings beside the fork's own, and records it. Hands the clones over. */
  configure(port: number, besides: Readonly<Record<string, string>>): Promise<StartableFork>
}

export function serverFiles(operation: Operation, request: ServerFilesRequest): ServerFiles {
  const { fork, dataDirectory, socketDirectory, linked, place, timeline } = request
  const replace = (file: string, text: string): void => replaceFileAt(join(dataDirectory, file), text, fork.owner)
  return {
    setAccess: (rules) => replace(accessFile, rules),
    async configure(port, besides) {
      const configuration = request.configuration(port)
      const recorded: StartableFork = {
        ...fork,
        ...(timeline === undefined ? {} : { timeline }),
        configuration,
        server: {
          dataDirectory,
          socketDirectory,
          port,
          ...(place === undefined ? {} : { place, linked: [...linked] }),
        },
      }
      request.onRecord(recorded)
      replace(configurationFile, configuration + formatConfiguration(besides))
      await forkStore(operation.state).change(recorded)
      // Last of all that is prepared. On another port's account the file above is written once more.
      await handOverClones(operation, recorded)
      return recorded
    },
  }
}
