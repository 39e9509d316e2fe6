import { statusOf } from '../output/exit-status.ts'
import { describeError, type ErrorReport, type Report } from '../output/report.ts'

/** The same for each name: one that fails keeps none of the others from it. The status is that of the first failure. */
export async function eachName(
  names: readonly string[],
  participle: string,
  action: (name: string) => Promise<unknown>,
  warnings: readonly string[],
): Promise<Report> {
  const done: string[] = []
  const failed: { readonly name: string; readonly error: ErrorReport }[] = []
  let status = 0
  const lines: string[] = []
  const errors: unknown[] = []
  for (const name of names) {
    try {
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

/** What the user has answered no to. */
export const nothingDone: Report = {
  json: { done: [], failed: [], warnings: [] },
  lines: ['Nothing was done.'],
  status: 1,
}
