import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CreateForkOptions } from '@pgfork/core'
import { assessSource, type SourceAssessment } from '@pgfork/core/companion'
import type { Context } from '../context/context.ts'

/** What `create` would find out before it changes anything. In a state directory of its own: none may be made by only looking. */
export async function rehearse(
  source: CreateForkOptions['source'],
  { making, config, interruption }: Context,
): Promise<SourceAssessment> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'pgfork-doctor-'))
  const { driver, timeouts } = making
  const { settings, backgroundWorkers } = config.create ?? {}
  try {
    return await assessSource({
      ...{ source, stateDirectory, signal: interruption.signal, onWarning: () => {} },
      ...(driver && { driver }),
      ...(timeouts && { timeouts }),
      ...(settings && { settings }),
      ...(backgroundWorkers && { backgroundWorkers }),
    })
  } finally {
    rmSync(stateDirectory, { recursive: true, force: true })
  }
}
