import type { ClusterSnapshot } from '@pgfork/core'

/** A snapshot in JSON; docs/cli.md describes it. */
export function describeSnapshot(snapshot: ClusterSnapshot) {
  const { name, createdAt, drivers, copyOnWrite, consistency, dataDirectory, major } = snapshot
  const { systemIdentifier, timeline, isOfHistory, isForkable, isProtected } = snapshot
  return {
    ...{ name, createdAt: createdAt.toISOString(), source: dataDirectory, drivers, copyOnWrite, consistency },
    ...{ major, systemIdentifier, timeline, isOfHistory, isForkable, isProtected },
  }
}
