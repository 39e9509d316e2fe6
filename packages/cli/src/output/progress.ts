import process from 'node:process'
import type { ProgressEvent } from '@pgfork/core'
import ora, { type Ora } from 'ora'
import { describeDuration } from './describe-duration.ts'

export interface Progress {
  /** For `onProgress`. */
  readonly tell: (event: ProgressEvent) => void
  warn(message: string): void
  /** Takes down what still turns. */
  end(): void
}

/** On standard error: each step with its time; on a terminal also the one under way. */
export function openProgress({ isSilent }: { readonly isSilent: boolean }): Progress {
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  let turning: Ora | undefined
  const line = (text: string): void => {
    process.stderr.write(`${text}\n`)
  }
  const end = (): void => {
    turning?.stop()
    turning = undefined
  }
  const tell = ({ step, status, milliseconds, doneBytes, totalBytes }: ProgressEvent): void => {
    if (isSilent) return
    const text = `${step.padEnd(10)} ${describeDuration(milliseconds).padStart(8)}`
    if (isTerminal && status === 'started') turning = ora({ text: step, discardStdin: false }).start()
    else if (isTerminal && status === 'running' && turning !== undefined)
      turning.text = `${step} ${describeShare(doneBytes, totalBytes)}`
    else if (status === 'finished' && turning !== undefined) turning.succeed(text)
    else if (status === 'failed' && turning !== undefined) turning.fail(text)
    else if (status === 'finished') line(text)
    else if (status === 'failed' || status === 'undone') line(`${text}  ${status}`)
    if (status !== 'started' && status !== 'running') turning = undefined
  }
  return {
    tell,
    warn(message) {
      end()
      line(`warning: ${message}`)
    },
    end,
  }
}

const describeShare = (done = 0, total: number | undefined): string => {
  const megabytes = `${Math.round(done / 1e6)} MB`
  return total === undefined || total === 0 ? megabytes : `${megabytes}, ${Math.round((100 * done) / total)} %`
}
