import { readFileSync } from 'node:fs'
import { freemem } from 'node:os'
import type { SourceAssessment } from '@pgfork/core/companion'
import { describeBytes } from '../output/describe-bytes.ts'
import { type Finding, ok, warning } from './finding.ts'

/** What an idle server takes besides its shared buffers: docs/testing.md. */
const idleBytes = 5_000_000

/** What a fork would be besides its files: what is otherwise than in its source, and how many of them the machine bears. */
export function checkFork(assessment: SourceAssessment): Finding[] {
  const { warnings, isElsewhere } = assessment
  return [
    checkConnection(assessment),
    ...checkTimeline(assessment),
    ...checkLibraries(assessment),
    ...warnings.map((message) => warning('source.warning', message, remedyOf(message))),
    ...(isElsewhere ? [] : [checkMemory(assessment)]),
  ]
}

function checkConnection({ unreachable, isStandby, consistency }: SourceAssessment): Finding {
  const check = 'source.connection'
  if (unreachable !== undefined)
    return warning(
      check,
      `It can't be connected to (${unreachable}): no checkpoint is made, so its forks take longer to recover.`,
      'Give the source as a URL, with its password in PGPASSWORD or ~/.pgpass, or let its owner in by the socket.',
    )
  if (consistency === 'stopped') return ok(check, 'It is stopped, and needs no connection.')
  if (isStandby)
    return ok(check, 'A standby: its forks hold what it has received, also what it has not replayed (H41).')
  return ok(check, 'It needs none, or can be connected to.')
}

const checkTimeline = ({ hasMinimalWal }: SourceAssessment): Finding[] =>
  hasMinimalWal
    ? [
        warning(
          'source.timeline',
          'Its wal_level is minimal: forks keep its timeline, so that PostgreSQL would not refuse to replicate between them (H15).',
          'Set wal_level to replica in the source, and restart it.',
        ),
      ]
    : []

function checkLibraries({ libraries }: SourceAssessment): Finding[] {
  const check = 'source.libraries'
  if (libraries.length === 0) return [ok(check, 'A fork preloads what its source does.')]
  return libraries.map((message) => warning(check, message, remedyOf(message)))
}

function checkMemory({ sharedBuffers = 0 }: SourceAssessment): Finding {
  const available = availableMemory()
  const count = Math.floor(available / (sharedBuffers + idleBytes))
  const told = `${describeBytes(available)} of memory are free; a fork takes ${describeBytes(idleBytes)} when it is idle and up to ${describeBytes(sharedBuffers)} more for its shared buffers`
  if (count > 0) return ok('source.memory', `${told}: room for ${count} ${count === 1 ? 'fork' : 'forks'} at work.`)
  return warning('source.memory', `${told} (H28).`, 'Give forks less (--set shared_buffers=16MB), or stop some.')
}

/** proc_meminfo(5): what can be had without swapping. */
function availableMemory(): number {
  try {
    const [, kilobytes] = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? []
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024
  } catch {
    return freemem()
  }
}

const remedyOf = (message: string): string => {
  const [, row] = /\((H\d+)\)/.exec(message) ?? []
  return row === undefined ? 'See docs/trust.md.' : `pgfork explain ${row}`
}
