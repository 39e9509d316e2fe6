import {
  type CreateForkOptions,
  createFork,
  PgforkError,
  type StepName,
  type StepTiming,
  stepNames,
} from '@pgfork/core'
import { tellingRunner } from '../context/telling-runner.ts'
import { describeDuration } from '../output/describe-duration.ts'
import type { Report } from '../output/report.ts'
import { shellLine } from '../output/shell-line.ts'

/** They only look. */
const looking: readonly StepName[] = ['inspect', 'plan']

/**
 * Does of a fork what changes nothing: the source is inspected, its volumes, rights, space and the name are checked, and whatever
 * would be refused is refused. It stops where the first thing would be changed.
 *
 * @throws PgforkError what `createFork` throws until then
 */
export async function rehearse(options: CreateForkOptions, warnings: readonly string[]): Promise<Report> {
  const commands: (readonly string[])[] = []
  const steps: StepTiming[] = []
  const stop = new PgforkError('ABORTED', 'The dry run ends here.')
  let first: StepName | undefined
  try {
    await createFork({
      ...options,
      // That would remove what ended processes have left.
      collectGarbage: false,
      runner: tellingRunner((command) => {
        // What comes later tidies up.
        if (first === undefined) commands.push(command)
      }),
      onProgress(event) {
        options.onProgress?.(event)
        const { step, status, milliseconds } = event
        if (status === 'finished') steps.push({ name: step, milliseconds })
        if (status !== 'started' || looking.includes(step)) return
        first ??= step
        // A listener that throws keeps a step from being taken.
        throw stop
      },
    })
  } catch (error) {
    if (error !== stop) throw error
  }
  const names: readonly StepName[] = stepNames
  const next = first === undefined ? [] : names.slice(names.indexOf(first))
  return {
    json: { isMade: false, steps, commands, next, warnings },
    lines: [
      'Nothing would be refused so far. These commands were run, which only look:',
      ...commands.map((command) => `  ${shellLine(command)}`),
      `Steps done: ${steps.map(({ name, milliseconds }) => `${name} ${describeDuration(milliseconds)}`).join(', ')}.`,
      `Steps that follow, as far as they have something to do: ${next.join(', ')}.`,
      'Their commands depend on names and ports that are chosen then: --commands shows each one as it is run.',
    ],
  }
}
