import pg from 'pg'
import { reservePort } from '../cluster/reserve-port.ts'
import { waitUntil } from '../wait-until.ts'
import type { TestEngine } from './engine.ts'

/** A server of the image's own making in a container. The engine removes it at its end. */
export interface SourceContainer {
  readonly name: string
  readonly port: number
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly password: string
    readonly database: string
  }
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string): Promise<Row[]>
}

export interface SourceContainerOptions {
  readonly name: string
  /** Words for `docker run`: `--volume`, `--init`, .. */
  readonly words?: readonly string[]
  /** Words behind the image's name. */
  readonly command?: readonly string[]
  /** Of the engine's, instead of the machine's. */
  readonly network?: string
  readonly image?: string
}

const login = { user: 'app', password: "se cret'", database: 'shop' }

/** Starts one and returns when it lets clients in. It shares the machine's network unless it is given one, so that it needs no bridge. */
export async function startSource(
  engine: TestEngine,
  { name, words = [], command = [], network = 'host', image = engine.image }: SourceContainerOptions,
): Promise<SourceContainer> {
  const { port } = await reservePort()
  const variables = Object.entries({
    POSTGRES_USER: login.user,
    POSTGRES_PASSWORD: login.password,
    POSTGRES_DB: login.database,
  })
  await engine.docker(
    ...['run', '--detach', '--name', name, '--network', network],
    ...variables.flatMap(([variable, value]) => ['--env', `${variable}=${value}`]),
    ...words,
    ...[image, 'postgres', '-c', `port=${port}`, ...command],
    ...(network === 'host' ? ['-c', 'listen_addresses=127.0.0.1'] : []),
  )
  const address = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const host = network === 'host' ? '127.0.0.1' : await engine.docker('inspect', '--format', address, name)
  const connection = { host, port, ...login }
  const query = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> => {
    const client = new pg.Client(connection)
    try {
      await client.connect()
      return (await client.query<Row>(sql)).rows
    } finally {
      await client.end().catch(() => {})
    }
  }
  await waitUntil(
    () =>
      query('select 1').then(
        () => true,
        () => false,
      ),
    {
      timeoutMs: 120_000,
      pauseMs: 200,
      what: `answer of the container ${name}`,
    },
  )
  return { name, port, connection, query }
}
