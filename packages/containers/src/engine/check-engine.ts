import { PgforkError } from '@pgfork/core'
import { refused } from '../errors.ts'
import type { Engine } from './engine.ts'
import { noteAnswer, recentAnswer } from './recent-answer.ts'

/** A container engine of this machine. */
export interface LocalEngine {
  readonly address: string
  /** Its own, which tells it from that of another machine at the same address. */
  readonly id: string
  /** By what it runs containers that name nothing else. */
  readonly defaultRuntime?: string | undefined
}

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
 * That an engine of this machine runs without user namespaces, so that its users are those of this machine, too.
 *
 * @throws PgforkError `CONTAINER_REFUSED`, `ENGINE_UNAVAILABLE`
 */
export async function checkEngine(engine: Engine, address: string): Promise<LocalEngine> {
  const info = await askForInfo(engine)
  if (/Docker Desktop/i.test(info.OperatingSystem ?? ''))
    throw refuseElsewhere('is Docker Desktop, whose containers run in a virtual machine')
  const options = info.SecurityOptions ?? []
  const mapped = ['rootless', 'userns'].find((name) => options.some((option) => option.includes(`name=${name}`)))
  if (mapped !== undefined)
    throw refused(
      `The container engine maps users (${mapped}), so that whom a file belongs to is somebody else in a container, which is not supported ` +
        'yet. Use an engine without it, or copy the cluster by pg_basebackup and fork that.',
      { mapped },
    )
  const id = idOf(info, address)
  return { address, id, defaultRuntime: info.DefaultRuntime }
}

interface Info {
  readonly ID?: string
  readonly OperatingSystem?: string
  readonly DefaultRuntime?: string
  readonly SecurityOptions?: readonly string[] | null
}

/**
 * That the engine at a recorded address is still the one of the record: of another one, the same path, image and id are nothing that is known (H89).
 *
 * @throws PgforkError `ENGINE_UNAVAILABLE`
 */
export async function requireSameEngine(engine: Engine, { address, id }: LocalEngine): Promise<void> {
  const found = recentAnswer(address) ?? (await askForId(engine, address))
  if (found === id) return
  throw new PgforkError(
    'ENGINE_UNAVAILABLE',
    `At ${address} another engine answers than the one that the fork was made with: was its data directory replaced? Start that one there, or ` +
      'make a new fork.',
    { hazard: 'H89', facts: { address, expected: id, found } },
  )
}

const askForId = async (engine: Engine, address: string): Promise<string> => idOf(await askForInfo(engine), address)

function idOf({ ID: id = '' }: Info, address: string): string {
  noteAnswer(address, id)
  return id
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
