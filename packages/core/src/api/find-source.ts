import { boundRunner } from '../command/bound-runner.ts'
import { createRunner } from '../command/execa-runner.ts'
import type { OperationOptions } from '../operation/operation.ts'
import { checkDataDirectory } from '../postgres/source/check-data-directory.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
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
export async function findSource(
  given: Source | ClusterSnapshot,
  { runner = createRunner(), signal }: Pick<OperationOptions, 'runner' | 'signal'>,
): Promise<FoundSource> {
  const source = readSource(given)
  if (source.kind === 'snapshot') {
    const { dataDirectory, major } = source.snapshot.record.source
    return { dataDirectory, major, snapshot: `${source.snapshot.name} ${source.snapshot.record.createdAt}` }
  }
  const { dataDirectory } = await locateSource(source, boundRunner(runner, { signal }))
  return { ...(await checkDataDirectory(dataDirectory)), snapshot: undefined }
}
