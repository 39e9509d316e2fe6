import { randomBytes } from 'node:crypto'
import { type CreateForkOptions, createSnapshot, type StepName } from '@pgfork/core'
import type { Cluster } from '../cluster/index.ts'
import type { State } from '../workbench/make-state.ts'

type Thresholds = Pick<CreateForkOptions, 'spaceThresholds'>

export interface SourceForStep extends AsyncDisposable {
  readonly options: Pick<CreateForkOptions, 'source' | 'at' | 'checkpoint' | 'settings'> & Thresholds
}

/**
 * What a fork is made of so that it has a step: of a past moment's snapshot for `moment`, with more WAL than its buffers hold for `replay`,
 * of the running server for all others.
 */
export async function sourceForStep(
  step: StepName,
  source: Cluster,
  options: State & Pick<CreateForkOptions, 'driver'>,
  thresholds: Thresholds = {},
): Promise<SourceForStep> {
  if (step !== 'moment' && step !== 'replay')
    return {
      options: { source: source.dataDirectory, checkpoint: true, ...thresholds },
      [Symbol.asyncDispose]: async () => {},
    }
  const restorePoint = `for-${randomBytes(4).toString('hex')}`
  const snapshot = await createSnapshot({ ...options, ...thresholds, source: source.dataDirectory, name: restorePoint })
  if (step === 'replay')
    await source.query(`
      CREATE TABLE IF NOT EXISTS replayed (padding text);
      INSERT INTO replayed SELECT repeat('x', 500) FROM generate_series(1, 4000)`)
  await source.query('SELECT pg_create_restore_point($1)', [restorePoint])
  // A restore point alone is flushed some time later.
  await source.query('CHECKPOINT')
  const settings = step === 'replay' ? { settings: { shared_buffers: '1MB' } } : {}
  return {
    options: { source: snapshot, at: { restorePoint }, ...settings },
    [Symbol.asyncDispose]: () => snapshot.destroy(),
  }
}
