import { boundRunner } from '../command/bound-runner.ts'
import { createRunner } from '../command/execa-runner.ts'
import { tracedRunner } from '../command/traced-runner.ts'
import type { OperationOptions } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { defaultTimeouts } from '../operation/timeouts.ts'
import { checkOptions } from '../options/check-options.ts'
import { checkDataDirectory } from '../postgres/source/check-data-directory.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { notForkable } from '../snapshot/not-forkable.ts'
import { locateSource } from './options/locate-source.ts'
import { readSource, type Source } from './options/read-source.ts'

/** What tells one source from another, without its secrets. */
export interface FoundSource {
  readonly dataDirectory: string
  readonly major: number
  /** Of a snapshot. */
  readonly snapshot: string | undefined
}

/**
 * Finds the cluster that a `source` is about, whatever it is.
 *
 * @throws PgforkError `INVALID_OPTION`, and what `createFork` throws in its step `inspect`
 */
export async function findSource(given: Source | ClusterSnapshot, options: OperationOptions): Promise<FoundSource> {
  checkOptions('findSource', options, operationShape)
  const { runner = createRunner(), signal } = options
  const source = readSource(given)
  if (source.kind === 'snapshot') {
    const { name, createdAt, dataDirectory, major } = source.snapshot
    if (dataDirectory === undefined || major === undefined) throw notForkable(source.snapshot)
    return { dataDirectory, major, snapshot: `${name} ${createdAt.toISOString()}` }
  }
  const { dataDirectory } = await locateSource(source, {
    runner: boundRunner(tracedRunner(runner), { signal }),
    sourceBounds: { timeoutMs: defaultTimeouts.sourceStatementMs, signal },
  })
  return { ...(await checkDataDirectory(dataDirectory)), snapshot: undefined }
}
