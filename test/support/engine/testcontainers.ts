import type { StartedContainer } from '@pgfork/containers'

/** Of testcontainers what the tests use: its own types bring in those of many packages that nothing else here needs. */
export interface StartedDatabase extends StartedContainer, AsyncDisposable {
  getConnectionUri(): string
  snapshot(): Promise<void>
  restoreSnapshot(): Promise<void>
}

interface Builder {
  withUsername(user: string): Builder
  withPassword(password: string): Builder
  withDatabase(database: string): Builder
  withNetworkMode(network: string): Builder
  withWaitStrategy(strategy: unknown): Builder
  start(): Promise<StartedDatabase>
}

interface Modules {
  readonly PostgreSqlContainer: new (image: string) => Builder
  readonly Wait: { forLogMessage(message: RegExp): unknown }
}

const names = ['testcontainers', '@testcontainers/postgresql']

async function loadModules(): Promise<Modules> {
  // Containers of a test's own engine go with that.
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'
  // It asks for it by the engine's default network, which this one has not.
  process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1'
  const modules: Modules[] = await Promise.all(names.map((name) => import(name)))
  return Object.assign({}, ...modules)
}

/** Starts a container by testcontainers itself, in a network of the engine's, since its default one would be the machine's only one. */
export async function startDatabase(image: string, network: string): Promise<StartedDatabase> {
  const { PostgreSqlContainer, Wait } = await loadModules()
  return new PostgreSqlContainer(image)
    .withUsername('tester')
    .withPassword('p w/d')
    .withDatabase('app')
    .withNetworkMode(network)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/))
    .start()
}
