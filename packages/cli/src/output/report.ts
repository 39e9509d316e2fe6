import process from 'node:process'
import { isPgforkError } from '@pgfork/core'

/** What a command has found or done. */
export interface Report {
  /** With `--json`: all of standard output. `undefined` in it becomes null. */
  readonly json: unknown
  /** Otherwise. */
  readonly lines: readonly string[]
  /** Default 0. */
  readonly status?: number
}

export function printReport(
  { json, lines }: Report,
  isJson: boolean,
  stream: NodeJS.WritableStream = process.stdout,
): void {
  if (isJson) stream.write(`${toJson(json)}\n`)
  else if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
}

/** As JSON all of standard output, unless that is somebody else's; otherwise on standard error. */
export function printError(error: unknown, isJson: boolean, stream: NodeJS.WritableStream = process.stdout): void {
  if (isJson) stream.write(`${toJson({ error: describeError(error) })}\n`)
  else process.stderr.write(`pgfork: ${tell(error)}\n`)
}

/** Fields are never left out, so that a reader needs no test for them. */
const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, field) => (field === undefined ? null : field), process.stdout.isTTY ? 2 : undefined)

export interface ErrorReport {
  readonly code: string
  readonly message: string
  readonly step: string | undefined
  readonly hazard: string | undefined
  readonly facts: Readonly<Record<string, unknown>>
  readonly leftBehind: readonly { readonly step: string; readonly reason: string }[]
}

export function describeError(error: unknown): ErrorReport {
  if (!isPgforkError(error))
    return {
      ...{ code: 'UNEXPECTED', message: messageOf(error), step: undefined, hazard: undefined },
      ...{ facts: {}, leftBehind: [] },
    }
  const { code, message, step, hazard, facts, leftBehind } = error
  return { code, message, step, hazard, facts, leftBehind }
}

function tell(error: unknown): string {
  if (!isPgforkError(error)) return messageOf(error)
  const { message, code, step, hazard } = error
  return `${message}\n(${[code, step && `step ${step}`, hazard].filter(Boolean).join(', ')})`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
