import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isPgforkError } from '@pgfork/core'
import { findStateDirectory, openStateDirectory, RecordStore } from '@pgfork/core/companion'
import { z } from 'zod'

const schema = z.strictObject({
  /** Of the command: `snapshot-create`. */
  name: z.string(),
  succeededAt: z.string().optional(),
  failedAt: z.string().optional(),
  /** Of the error; `PARTLY` where several names failed differently. */
  failure: z.string().optional(),
})

/** When a command that changes something last succeeded and last failed, for `list --prometheus`. */
export type Outcome = z.infer<typeof schema>

/** A power cut may take it. */
const openStore = (folder: string) => new RecordStore<Outcome>(folder, schema, () => 'cached')

/** Whatever keeps it from being written must not fail the command. A mistyped command line is no failure of pgfork's. */
export async function recordOutcome(
  command: string,
  stateDirectory: string | undefined,
  outcome: { readonly isSuccess: boolean; readonly error?: unknown; readonly failure?: string },
): Promise<void> {
  const { isSuccess, error } = outcome
  try {
    // A command that never got as far makes none. One that others could exchange is refused (H61).
    if (!existsSync(findStateDirectory(stateDirectory))) return
    const folder = join((await openStateDirectory(stateDirectory)).path, 'outcomes')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const name = command.replaceAll(' ', '-')
    const store = openStore(folder)
    const before = await store.find(name)
    const now = new Date().toISOString()
    if (isSuccess) return await store.replace({ ...before, name, succeededAt: now })
    const failure = outcome.failure ?? codeOf(error)
    if (!harmless.includes(failure)) await store.replace({ ...before, name, failedAt: now, failure })
  } catch {
    // The next one is written again.
  }
}

const codeOf = (error: unknown): string =>
  error === undefined ? 'PARTLY' : isPgforkError(error) ? error.code : 'UNEXPECTED'

const harmless = ['INVALID_OPTION', 'INVALID_NAME', 'ABORTED']

export async function listOutcomes(stateDirectory: string | undefined): Promise<Outcome[]> {
  const folder = join((await openStateDirectory(stateDirectory)).path, 'outcomes')
  if (!existsSync(folder)) return []
  const store = openStore(folder)
  const outcomes = await Promise.all(
    (await store.names()).sort().map((name) => store.find(name).catch(() => undefined)),
  )
  return outcomes.filter((outcome) => outcome !== undefined)
}
