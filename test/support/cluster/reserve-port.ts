import { createServer, type Server } from 'node:net'

/** Below the kernel's range for outgoing connections (32768 and up), which could take a port at any moment. */
const [firstPort, lastPort] = [15_000, 17_999]

export interface ReservedPort {
  readonly port: number
  release(): Promise<void>
}

/**
 * A TCP port on the loopback address that nobody listens on and no other process of the test support will take. Held by
 * an abstract Unix socket, the one lock that vanishes with its holder however that dies (Linux; elsewhere only probed).
 */
export async function reservePort(): Promise<ReservedPort> {
  const count = lastPort - firstPort + 1
  const offset = Math.floor(Math.random() * count)
  for (let attempt = 0; attempt < count; attempt++) {
    const port = firstPort + ((offset + attempt) % count)
    const lock = process.platform === 'linux' ? await listen({ path: `\0pgfork-test-port-${port}` }) : createServer()
    if (lock === undefined) continue
    const probe = await listen({ host: '127.0.0.1', port })
    if (probe === undefined) {
      await close(lock)
      continue
    }
    await close(probe)
    return { port, release: () => close(lock) }
  }
  throw new Error(`All TCP ports from ${firstPort} to ${lastPort} are taken.`)
}

/** Undefined when somebody else has the address. */
function listen(address: { path: string } | { host: string; port: number }): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen({ ...address, exclusive: true }, () => resolve(server.unref()))
  })
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
  })
