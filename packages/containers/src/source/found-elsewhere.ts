import type { SourceConnection } from '@pgfork/core'
import { type LocatedSource, provideLauncher, readConnection, type SourceElsewhere } from '@pgfork/core/companion'
import { containerLauncher } from '../launcher/container-launcher.ts'

export interface FoundElsewhere {
  /** The function that returns it, for errors. */
  readonly by: string
  readonly name: string
  /** Wins over what `locate` guesses. */
  readonly connection: string | SourceConnection | undefined
  readonly locate: SourceElsewhere['locate']
}

/** A source whose forks run in containers. @throws PgforkError `INVALID_OPTION` for the connection, before it is used */
export function foundElsewhere({ by, name, connection: given, locate }: FoundElsewhere): SourceElsewhere {
  provideLauncher('container', containerLauncher)
  const connection = given === undefined ? undefined : readConnection(given, `${by}.connection`)
  return {
    kind: 'elsewhere',
    name,
    async locate(access): Promise<LocatedSource> {
      const located = await locate(access)
      return connection === undefined ? located : { ...located, connection }
    },
  }
}
