import process from 'node:process'
import { isPgforkError, type PgforkError } from '@pgfork/core'
import { inCommandWords } from './command-words.ts'
import { oneLine, terminal } from './terminal.ts'

/** What a command has found or done. */
export interface Report {
  /** With `--json`: all of standard output. `undefined` in it becomes null. */
  readonly json: unknown
  /** Otherwise. */
  readonly lines: readonly string[]
  /** Default 0. */
  readonly status?: number
  /** What failed by itself while others were done; `json` holds them, too. */
  readonly errors?: readonly unknown[]
  /** The code of all that failed, where it is one. */
  readonly failure?: string
}

/** Where JSON goes. */
type Output = 'out' | 'error'

/** Without `json` nothing is printed as JSON: what went wrong has been. */
export function printReport({ json, lines, errors = [] }: Report, isJson: boolean, to: Output = 'out'): void {
  if (isJson) {
    if (json !== undefined) terminal[to](toJson(json))
    return
  }
  for (const error of errors) printError(error, false)
  if (lines.length > 0) terminal.out(lines.map(oneLine).join('\n'))
}

/** As JSON all of standard output, unless that is somebody else's; otherwise on standard error. */
export function printError(error: unknown, isJson: boolean, to: Output = 'out'): void {
  if (isJson) terminal[to](toJson({ error: describeError(error) }))
  else terminal.error(`pgfork: ${tell(error)}`)
}

/** Fields are never left out, so that a reader needs no test for them. */
export const toJson = (value: unknown, indent = process.stdout.isTTY ? 2 : 0): string =>
  JSON.stringify(value, (_, field) => (field === undefined ? null : field), indent)

export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly step: string | undefined
  readonly hazard: string | undefined
  readonly facts: Readonly<Record<string, unknown>>
  readonly leftBehind: readonly { readonly step: string; readonly reason: string }[]
  /** The page about the code, an URL. */
  readonly help: string | undefined
}

export function describeError(error: unknown): ErrorReport {
  if (!isPgforkError(error))
    return {
      ...{ code: 'UNEXPECTED', message: messageOf(error), step: undefined, hazard: undefined },
      ...{ facts: {}, leftBehind: [], help: undefined },
    }
  const { code, step, hazard, facts, leftBehind, help } = error
  return { code, message: messageOf(error), step, hazard, facts, leftBehind, help }
}

/** What others have said may be in the message: what stands at the left is ours (H81). */
function tell(error: unknown): string {
  const message = oneLine(messageOf(error))
  if (!isPgforkError(error)) return message
  const { code, step, hazard } = error
  return `${message}\n(${[code, step && `step ${step}`, hazard].filter(Boolean).join(', ')}: ${whereToRead(error)})`
}

/** The pages on this machine are read best by the command. */
const whereToRead = ({ code, help }: PgforkError): string =>
  help?.startsWith('https:') === true ? help : `pgfork explain ${code}`

const messageOf = (error: unknown): string => inCommandWords(error instanceof Error ? error.message : String(error))
