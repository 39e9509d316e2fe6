import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { PgforkError } from '../errors/pgfork-error.ts'
import { Claims } from './claims.ts'
import type { StateDirectory } from './state-directory.ts'

const lowestPort = 20_000
const defaultEphemeralStart = 32_768

/**
 * Reserves a TCP port for a fork. Without a wish it lies below the range from which the kernel takes ports for outgoing
 * connections, so that none of these can take it while the fork is stopped.
 *
 * @throws PgforkError `PORT_IN_USE`
 */
export async function claimPort(state: StateDirectory, holder: string, wish?: number): Promise<number> {
  const claims = new Claims(state.ports)
  if (wish !== undefined) return claimWish(claims, holder, wish)
  const highest = (await ephemeralStart()) - 1
  const count = highest - lowestPort + 1
  const first = randomInt(count)
  for (let offset = 0; offset < count; offset++) {
    const port = lowestPort + ((first + offset) % count)
    if (!(await claims.take(port, holder))) continue
    if (await isPortFree(port)) return port
    await claims.release(port, holder)
  }
  throw new PgforkError('PORT_IN_USE', `No port between ${lowestPort} and ${highest} is free.`)
}

/** Gives back the port that a fork holds; without its number, whatever it holds. */
export async function releasePorts(state: StateDirectory, holder: string, port?: number): Promise<void> {
  const claims = new Claims(state.ports)
  await (port === undefined ? claims.releaseAll(holder) : claims.release(port, holder))
}

/** Whether a server could listen there now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

async function claimWish(claims: Claims, holder: string, port: number): Promise<number> {
  const wasOurs = (await claims.holderOf(port)) === holder
  const isOurs = await claims.take(port, holder)
  if (isOurs && (await isPortFree(port))) return port
  // A fork that is reset keeps its own.
  if (isOurs && !wasOurs) await claims.release(port, holder)
  const by = isOurs ? 'another program' : `the fork ${(await claims.holderOf(port)) ?? 'that was just destroyed'}`
  throw new PgforkError('PORT_IN_USE', `Port ${port} is used by ${by}. Choose another one or leave port out.`, {
    facts: { port },
  })
}

async function ephemeralStart(): Promise<number> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '')
  const first = Number.parseInt(text, 10)
  return first > lowestPort ? first : defaultEphemeralStart
}
