import { PgforkError } from '@pgfork/core'
import { statusOf } from '../output/exit-status.ts'
import { describeError, type ErrorReport, type Report } from '../output/report.ts'

/** The same for each name: one that fails keeps none of the others from it. The status is that of the first failure. */
export async function eachName(
  names: readonly string[],
  participle: string,
  action: (name: string) => Promise<unknown>,
  { warnings, signal }: { readonly warnings: readonly string[]; readonly signal: AbortSignal | undefined },
): Promise<Report> {
  const done: string[] = []
  const failed: { readonly name: string; readonly error: ErrorReport }[] = []
  let status = 0
  const lines: string[] = []
  const errors: unknown[] = []
  for (const name of names) {
    try {
      refuseAborted(signal)
      await action(name)
      done.push(name)
      lines.push(`${participle} ${name}.`)
    } catch (error) {
      failed.push({ name, error: describeError(error) })
      lines.push(`Failed: ${name}.`)
      errors.push(error)
      status ||= statusOf(error)
    }
  }
  const [failure, ...others] = new Set(failed.map(({ error }) => error.code))
  const isOne = failure !== undefined && others.length === 0
  return { json: { done, failed, warnings }, lines, errors, status, ...(isOne ? { failure } : {}) }
}

/** One that is under way is done to its end. @throws PgforkError `ABORTED` */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new PgforkError('ABORTED', 'Interrupted before it was begun: it is as it was.', { cause: signal.reason })
}

/** What the user has answered no to. */
export const nothingDone: Report = {
  json: { done: [], failed: [], warnings: [] },
  lines: ['Nothing was done.'],
  status: 1,
}
