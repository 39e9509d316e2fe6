import { fileURLToPath } from 'node:url'
import type { SnapshotDriver, UserIdentity } from '@pgfork/core'
import { compile } from '../programs/compile.ts'
import { runner } from '../system/runner.ts'

export interface VerbProcessRequest {
  /** As in `@pgfork/driver-<name>`. */
  readonly driver: 'btrfs' | 'copy' | 'lvm' | 'zfs'
  readonly options?: object
  readonly user?: UserIdentity
  readonly calls: readonly VerbCall[]
}

interface VerbCall {
  readonly verb: Exclude<keyof SnapshotDriver, 'name' | 'facts'>
  readonly argument: unknown
}

export interface VerbOutcome {
  readonly verb: string
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string }
}

export interface VerbProcessResult {
  readonly outcomes: readonly VerbOutcome[]
  readonly warnings: readonly string[]
}

const script = fileURLToPath(new URL('./verb-process.ts', import.meta.url))

/** Calls verbs of a driver, one after another, in a process of its own and there as the given user. */
export async function runVerbs(request: VerbProcessRequest): Promise<VerbProcessResult> {
  const { stdout } = await runner.run(process.execPath, [compile(script)], { input: JSON.stringify(request) })
  return JSON.parse(stdout)
}

/** The same for calls that must all succeed: their results. */
export async function runVerbsWell(request: VerbProcessRequest): Promise<unknown[]> {
  const { outcomes } = await runVerbs(request)
  const failed = outcomes.filter(({ error }) => error !== undefined)
  if (failed.length > 0) throw new Error(`Calls that had to succeed failed: ${JSON.stringify(failed, undefined, 2)}`)
  return outcomes.map(({ result }) => result)
}
