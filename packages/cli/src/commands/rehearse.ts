import {
  type CreateForkOptions,
  createFork,
  PgforkError,
  type StepName,
  type StepTiming,
  stepNames,
} from '@pgfork/core'
import { outlineFork } from '@pgfork/core/companion'
import { tellingRunner } from '../context/telling-runner.ts'
import { describeDuration } from '../output/describe-duration.ts'
import type { Report } from '../output/report.ts'
import { shellLine } from '../output/shell-line.ts'

/** They only look. */
const looking: readonly StepName[] = ['inspect', 'plan']

/**
 * Does of a fork what changes nothing: the source is inspected, its volumes, rights, space and the name are checked, and whatever
 * would be refused is refused. It stops where the first thing would be changed, and tells which commands would be run from there on.
 *
 * @throws PgforkError what `createFork` throws until then
 */
export async function rehearse(options: CreateForkOptions, warnings: readonly string[]): Promise<Report> {
  const looked: (readonly string[])[] = []
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
        if (first === undefined) looked.push(command)
      }),
      onProgress(event) {
        const { step, status, milliseconds } = event
        if (looking.includes(step)) options.onProgress?.(event)
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
  const { commands: changing, open } = await outlineFork({ ...options, onProgress: () => {}, onWarning: () => {} })
  const names: readonly StepName[] = stepNames
  const next = first === undefined ? [] : names.slice(names.indexOf(first))
  const commands = [...looked, ...changing]
  return {
    json: { isMade: false, steps, commands, looked: looked.length, open, next, warnings },
    lines: [
      'Nothing would be refused so far. These commands would be run, in this order:',
      ...commands.map((command) => `  ${shellLine(command)}`),
      ...open,
      tellLooked(looked.length),
      ...(commands.flat().some((word) => /<(?!random>)[^<>]+>/.test(word))
        ? ['What else stands in angle brackets is known only then.']
        : []),
      `Steps done: ${steps.map(({ name, milliseconds }) => `${name} ${describeDuration(milliseconds)}`).join(', ')}.`,
      `Steps that follow, as far as they have something to do: ${next.join(', ')}.`,
    ],
  }
}

const tellLooked = (count: number): string => {
  const what = count === 1 ? 'The first one only looks, and was' : `The first ${count} only look, and were`
  return `${count === 0 ? 'None was' : what} run just now. <random> stands for characters that are chosen when the fork is made.`
}
