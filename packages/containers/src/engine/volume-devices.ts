import type { Engine } from './engine.ts'
import type { InspectedContainer } from './inspect-container.ts'

interface InspectedVolume {
  readonly Name: string
  readonly Options?: Readonly<Record<string, string>> | null
}

/**
 * The directories that volumes stand for whose options say so (`o: bind, device: /srv/pg`), by their names. The engine mounts them over an empty
 * directory of its own, and only as long as a container uses them.
 */
export async function findDevices(
  engine: Engine,
  { Mounts }: InspectedContainer,
): Promise<ReadonlyMap<string, string>> {
  const names = Mounts.flatMap(({ Type, Driver, Name }) =>
    Type === 'volume' && Driver === 'local' && Name ? [Name] : [],
  )
  if (names.length === 0) return new Map()
  const result = await engine.run(['volume', 'inspect', '--', ...names], { missing: /no such volume/i })
  const volumes = JSON.parse(result?.stdout ?? '[]') as InspectedVolume[]
  return new Map(
    volumes.flatMap(({ Name, Options }) =>
      Options?.device?.startsWith('/') && /(?:^|,)r?bind(?:,|$)/.test(Options.o ?? '') ? [[Name, Options.device]] : [],
    ),
  )
}
