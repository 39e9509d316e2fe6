/** What code that was written for a container of testcontainers asks it for, of another server. */
export interface ContainerLike {
  /** By TCP on this machine's loopback, with user and password. */
  getConnectionUri(): string
  getHost(): string
  getPort(): number
  getUsername(): string
  /** Empty where none is known; a fork lets in over the loopback whom its source lets in there. */
  getPassword(): string
  getDatabase(): string
}

/** A server that listens on the loopback, and who is let in. */
export interface LoopbackServer {
  readonly port: number
  readonly user: string
  readonly password?: string | undefined
  readonly database: string
}

/** A server that answers such code. */
export function containerLike({ port, user, password = '', database }: LoopbackServer): ContainerLike {
  const host = '127.0.0.1'
  return {
    getConnectionUri() {
      const uri = new URL(`postgres://${host}:${port}`)
      uri.username = user
      uri.password = password
      uri.pathname = `/${encodeURIComponent(database)}`
      return uri.href
    },
    getHost: () => host,
    getPort: () => port,
    getUsername: () => user,
    getPassword: () => password,
    getDatabase: () => database,
  }
}
