import type { Engine } from './engine.ts'
import type { GivenLimits } from './limits.ts'

/** What we use of `docker container inspect` (Docker Engine API, "Inspect a container"). */
export interface InspectedContainer {
  readonly Id: string
  readonly Name: string
  /** Of the image, as the digest of its configuration: the engine's own name for exactly this one. */
  readonly Image: string
  readonly Args: readonly string[] | null
  readonly State: {
    readonly Running: boolean
    readonly Paused?: boolean
    readonly Pid: number
    readonly StartedAt: string
  }
  readonly Config: {
    readonly Image: string
    readonly Env: readonly string[] | null
    readonly Labels?: Readonly<Record<string, string>> | null
  }
  readonly HostConfig: GivenLimits & {
    readonly NetworkMode: string
    readonly ShmSize?: number
    readonly Runtime?: string
    readonly Tmpfs?: Readonly<Record<string, string>> | null
  }
  readonly Mounts: readonly Mount[]
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>> | null
  }
}

interface Mount {
  readonly Type: string
  readonly Name?: string
  /** Empty for a tmpfs. */
  readonly Source?: string
  readonly Destination: string
  /** Of a volume. */
  readonly Driver?: string
  readonly RW?: boolean
}

/** As many characters of an id as the engine shows. */
export const shownOfId = 12

export const noContainer = /No such (?:container|object)/i

const several = /multiple IDs found/i

/** By name or id, or what only one id begins with. */
export async function inspectContainer(engine: Engine, name: string): Promise<InspectedContainer | undefined> {
  const missing = new RegExp(`${noContainer.source}|${several.source}`, 'i')
  const result = await engine.run(['container', 'inspect', '--', name], { missing })
  return result === undefined ? undefined : (JSON.parse(result.stdout) as InspectedContainer[])[0]
}

/** The value of a variable of its environment. */
export const variableOf = ({ Config }: InspectedContainer, name: string): string | undefined =>
  Config.Env?.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1)

export const nameOf = ({ Name }: InspectedContainer): string => Name.replace(/^\//, '')
