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

interface GenericBuilder {
  withEnvironment(variables: Readonly<Record<string, string>>): GenericBuilder
  withExposedPorts(port: number): GenericBuilder
  withNetworkMode(network: string): GenericBuilder
  withWaitStrategy(strategy: unknown): GenericBuilder
  start(): Promise<StartedGeneric>
}

/** A container of any image, which knows of no user and no database. */
interface StartedGeneric extends AsyncDisposable {
  getId(): string
  getHost(): string
  getFirstMappedPort(): number
}

interface Modules {
  readonly PostgreSqlContainer: new (image: string) => Builder
  readonly GenericContainer: new (image: string) => GenericBuilder
  readonly Wait: { forLogMessage(message: RegExp, times?: number): unknown }
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

/** As `startDatabase`, by the class for all images: `variables` are the image's own way to say who its superuser is. */
export async function startGeneric(
  image: string,
  network: string,
  variables: Readonly<Record<string, string>>,
): Promise<StartedGeneric> {
  const { GenericContainer, Wait } = await loadModules()
  return new GenericContainer(image)
    .withEnvironment(variables)
    .withExposedPorts(5432)
    .withNetworkMode(network)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/))
    .start()
}
