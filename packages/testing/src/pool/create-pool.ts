import { checkOptions } from '@pgfork/core/companion'
import { acquireShape } from '../options.ts'
import { isRunning } from '../server/is-running.ts'
import type { LocalServer } from '../server/local-server.ts'
import type { TestServer } from '../server/test-server.ts'
import type { ForkServerOptions } from '../template/template.ts'
import type { PoolOptions } from './pool-options.ts'
import type { PooledServer, ServerPool } from './server-pool.ts'
import { WarmPool } from './warm-pool.ts'

/** A pool in this process. */
export function createPool(
  fork: (options: ForkServerOptions) => Promise<LocalServer>,
  options: PoolOptions,
): ServerPool {
  const pool = new WarmPool<LocalServer>(
    {
      make: (signal) => makeWarm(() => fork({ signal })),
      isAlive: ({ pid }) => isRunning(pid),
      remove: (server) => server.destroy(),
    },
    options,
  )
  const serverPool: ServerPool = {
    async acquire(acquireOptions = {}) {
      checkOptions('acquire', acquireOptions, acquireShape)
      return pooledServer(await pool.acquire(acquireOptions), pool)
    },
    async use(action) {
      const server = await serverPool.acquire()
      try {
        return await action(server)
      } finally {
        server.release()
      }
    },
    statistics: () => pool.statistics(),
    warm: () => pool.warm(),
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => pool.close(),
  }
  return serverPool
}

async function makeWarm(make: () => Promise<LocalServer>): Promise<LocalServer> {
  const server = await make()
  try {
    await server.warmUp()
    return server
  } catch (error) {
    await server.destroy().catch(() => {})
    throw error
  }
}

/** The server, with the pool's own ways to give it back. */
function pooledServer(server: LocalServer, pool: WarmPool<LocalServer>): PooledServer {
  const release = (): void => void pool.release(server).catch(() => {})
  const own: Pick<PooledServer, 'release' | 'discard' | 'destroy' | 'keep' | typeof Symbol.asyncDispose> = {
    release,
    discard: () => pool.release(server),
    destroy: () => pool.release(server),
    async keep(test) {
      const told = await server.keep(test)
      pool.keep(server)
      return told
    },
    [Symbol.asyncDispose]: async () => release(),
  }
  return Object.assign(Object.create(server) as TestServer, own)
}
