import { PgforkError } from '@pgfork/core'
import { refused } from '../errors.ts'
import type { Engine } from './engine.ts'

/** A container engine of this machine. */
export interface LocalEngine {
  readonly address: string
  /** Its own, which tells it from that of another machine at the same address. */
  readonly id: string
  /** Its containers' users are others on this machine (`userns-remap`), unless a container asks for none of that. */
  readonly mapsUsers: boolean
}

/** What a record keeps of it. */
export type RecordedEngine = Pick<LocalEngine, 'address' | 'id'>

/**
 * The address of the engine of the environment, once it is one of this machine: only then are its paths those of this machine (H84).
 *
 * @throws PgforkError `CONTAINER_REFUSED`
 */
export async function findLocalAddress(engine: Engine, { DOCKER_HOST }: NodeJS.ProcessEnv): Promise<string> {
  const address = DOCKER_HOST || (await addressOfContext(engine))
  if (!address.startsWith('unix:')) throw refuseElsewhere(`is reached at ${withoutUser(address)}`)
  return address
}

/** DOCKER_HOST outranks it. */
async function addressOfContext(engine: Engine): Promise<string> {
  const result = await engine.run(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  return result?.stdout.trim() || 'unix:///var/run/docker.sock'
}

/**
 * That the containers of an engine are this machine's own, and that its users can be those of this machine.
 *
 * @throws PgforkError `CONTAINER_REFUSED`, `ENGINE_UNAVAILABLE`
 */
export async function checkEngine(engine: Engine, address: string): Promise<LocalEngine> {
  const info = await askForInfo(engine)
  if (/Docker Desktop/i.test(info.OperatingSystem ?? ''))
    throw refuseElsewhere('is Docker Desktop, whose containers run in a virtual machine')
  const options = info.SecurityOptions ?? []
  const has = (name: string): boolean => options.some((option) => option.includes(`name=${name}`))
  if (has('rootless'))
    throw refused(
      "The container engine is rootless: whom a file belongs to is somebody else in its containers, and it mounts none of root's. That is not supported " +
        'yet. Use an engine of root, or copy the cluster by pg_basebackup and fork that.',
      { address },
    )
  return { address, id: info.ID ?? '', mapsUsers: has('userns') }
}

interface Info {
  readonly ID?: string
  readonly OperatingSystem?: string
  readonly SecurityOptions?: readonly string[] | null
}

/**
 * That the engine at a recorded address is still the one of the record: of another one, the same path, image and id are nothing that is known (H89).
 *
 * @throws PgforkError `ENGINE_UNAVAILABLE`
 */
export async function requireSameEngine(engine: Engine, { address, id }: RecordedEngine): Promise<void> {
  const found = (await askForInfo(engine)).ID ?? ''
  if (found === id) return
  throw new PgforkError(
    'ENGINE_UNAVAILABLE',
    `At ${address} another engine answers than the one that the fork was made with: was its data directory replaced? Start that one there, or ` +
      'make a new fork.',
    { hazard: 'H89', facts: { address, expected: id, found } },
  )
}

async function askForInfo(engine: Engine): Promise<Info> {
  const result = await engine.run(['info', '--format', '{{json .}}'])
  const info = JSON.parse(result?.stdout ?? '{}') as Info & { readonly ServerErrors?: readonly string[] | null }
  // Without an engine this command succeeds, and says so here.
  if (info.ServerErrors?.length) await engine.run(['version'])
  return info
}

const refuseElsewhere = (engine: string): PgforkError =>
  refused(
    `The container engine ${engine}: the files of its containers are not on this machine, where they would be forked. Run pgfork where the ` +
      'engine runs, or copy the cluster to this machine by pg_basebackup and fork that.',
    { engine },
  )

const withoutUser = (address: string): string => address.replace(/\/\/[^/@]*@/, '//')
