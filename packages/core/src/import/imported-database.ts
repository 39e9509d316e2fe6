import type { SourceAccess } from '../postgres/source/source-access.ts'
import type { LocatedSource } from '../postgres/source/source-options.ts'

/** The databases of a server elsewhere, dumped and restored here. As a `source` it is a server that is stopped: the newest generation. */
export interface ImportedDatabase {
  readonly kind: 'import'
  readonly name: string
  /** Of its generations. */
  readonly directory: string
  /** Of the servers of its forks; that of the server elsewhere, or a later one. */
  readonly major: number
  /** Whole ones, the newest first. Each is a data directory of a stopped server, and so a source as well. */
  generations(): Promise<readonly ImportedGeneration[]>
  /**
   * Imports anew beside what is there, and makes that the newest generation at once. Those beyond `keep` are removed; forks of them stay. When it
   * fails, everything is as before.
   */
  refresh(): Promise<void>
  /** Removes all generations. Forks stay. Can be repeated, also after a failure. */
  destroy(): Promise<void>
  /** For `createFork({ source: imported })`. */
  locate(access: SourceAccess): Promise<LocatedSource>
}

/** A whole import: forks are made of the newest one, and those of an older one live on. */
export interface ImportedGeneration {
  readonly number: number
  /** When its import began: it holds no later commit than its dumps, each of which is of one instant after that. */
  readonly importedAt: Date
  readonly dataDirectory: string
}
