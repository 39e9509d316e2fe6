import { type ForkSummary, listForks, type OperationOptions } from '@pgfork/core'

/** A fork in JSON; docs/cli.md describes it. */
export function describeFork(fork: ForkSummary) {
  const { name, status, isRunning, source, drivers, place, lifetime, isProtected } = fork
  const { createdAt, expiresAt, connectionString, port, dataDirectory, timeline, systemIdentifier, moment } = fork
  return {
    ...{ name, status, isRunning, source, drivers, place, lifetime, isProtected },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString(),
    ...{ connectionString, port, dataDirectory, timeline, systemIdentifier, moment },
  }
}

export async function findFork(name: string, options: OperationOptions): Promise<ForkSummary | undefined> {
  return (await listForks(options)).find((fork) => fork.name === name)
}
