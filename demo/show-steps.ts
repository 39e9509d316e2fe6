import type { ProgressEvent } from '@pgfork/core'
import { formatBytes, formatDuration } from './format.ts'
import type { Screen } from './screen.ts'
import { paint } from './style.ts'

const millisecondsPerCell = 25
const longestBar = 44

/** An `onProgress` that draws each step when it ends, and tells what is under way. */
export function showSteps(screen: Screen): (event: ProgressEvent) => void {
  let startedAt = 0
  return ({ step, status, milliseconds, doneBytes, totalBytes }) => {
    if (status === 'started') {
      startedAt = performance.now()
      screen.underWay(() => `${step.padEnd(12)} ${paint('dim', formatDuration(performance.now() - startedAt))}`)
    }
    if (status === 'running' && doneBytes !== undefined) {
      const total = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`
      screen.underWay(() => `${step.padEnd(12)} ${formatBytes(doneBytes)}${total}`)
    }
    if (status === 'finished') {
      screen.underWay()
      screen.line(
        `    ${step.padEnd(12)} ${formatDuration(milliseconds).padStart(8)}  ${paint('cyan', bar(milliseconds))}`,
      )
    }
  }
}

function bar(milliseconds: number): string {
  const cells = Math.ceil(milliseconds / millisecondsPerCell)
  if (milliseconds < 1) return '·'
  return cells > longestBar ? `${'━'.repeat(longestBar)}…` : '━'.repeat(cells)
}
