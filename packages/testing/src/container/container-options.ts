import type { DatabaseOptions } from '../fixtures/database-options.ts'

/** A container that testcontainers has started, as its `StartedPostgreSqlContainer` and `StartedTestContainer` are. */
export interface StartedDatabaseContainer {
  getId(): string
  getUsername?(): string
  getPassword?(): string
  getDatabase?(): string
}

/** Those of a template whose cluster is a container's. */
export type OfContainer<Options extends DatabaseOptions = DatabaseOptions> = Omit<
  Options,
  'key' | 'source' | 'initdbOptions' | 'binDirectory' | 'directory'
> & {
  /**
   * The container whose content the tests begin with. It is asked for, and its server forked, when the first server is needed, once for all
   * processes; nobody is disconnected from it. Takes `@pgfork/containers`.
   */
  readonly container: () => StartedDatabaseContainer | Promise<StartedDatabaseContainer>
  /** Default: the container's id. Give one where a container is used again with other content (`withReuse`). */
  readonly key?: Options['key']
}
