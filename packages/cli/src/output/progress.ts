import process from 'node:process'
import type { ProgressEvent } from '@pgfork/core'
import { describeDuration } from './describe-duration.ts'
import { oneLine, terminal } from './terminal.ts'

export interface Progress {
  /** For `onProgress`. */
  readonly tell: (event: ProgressEvent) => void
  warn(message: string): void
  /** Takes down the line of the step under way. */
  end(): void
}

/** On standard error: each step with its time; on a terminal also the one under way, without colours. */
export function openProgress({ isSilent }: { readonly isSilent: boolean }): Progress {
  const isTerminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  let isShowing = false
  const end = (): void => {
    if (isShowing) terminal.clear()
    isShowing = false
  }
  const line = (text: string): void => {
    end()
    terminal.error(text)
  }
  const show = (text: string): void => {
    end()
    terminal.show(text)
    isShowing = true
  }
  const tell = ({ step, status, milliseconds, doneBytes, totalBytes }: ProgressEvent): void => {
    if (isSilent) return
    const text = `${step.padEnd(10)} ${describeDuration(milliseconds).padStart(8)}`
    if (status === 'finished') line(text)
    else if (status === 'failed' || status === 'undone') line(`${text}  ${status}`)
    else if (isTerminal) show(status === 'started' ? `${step} ..` : `${step} ${describeShare(doneBytes, totalBytes)}`)
  }
  return { tell, warn: (message) => line(`warning: ${oneLine(message)}`), end }
}

const describeShare = (done = 0, total: number | undefined): string => {
  const megabytes = `${Math.round(done / 1e6)} MB`
  return total === undefined || total === 0 ? megabytes : `${megabytes}, ${Math.round((100 * done) / total)} %`
}
