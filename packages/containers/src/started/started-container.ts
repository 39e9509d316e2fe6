/** What we use of a container that testcontainers has started: `GenericContainer`, `PostgreSqlContainer` and the like. */
export interface StartedContainer {
  getId(): string
  getName?(): string
  getUsername?(): string
  getPassword?(): string
  getDatabase?(): string
}

/** Whom its tests connect as. */
export interface Login {
  readonly user: string
  readonly password: string | undefined
  readonly database: string
}
