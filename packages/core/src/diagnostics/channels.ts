import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel'

/**
 * What subscribers of `tracing:pgfork.command:start`, `:asyncEnd`, `:error` .. get: one object for each command, on all of them
 * (docs/observing.md).
 */
export interface CommandMessage {
  /** `run` waits for its end; `start` is of a server, and over when that runs. */
  readonly kind: 'run' | 'start'
  /** All its words. There is never a secret among them. */
  readonly command: readonly string[]
  /** Whom it runs as, if not as the caller. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined
  /** How long it took; on `asyncEnd`. */
  milliseconds: number | undefined
}

/** The same of `tracing:pgfork.step:..`. */
export interface StepMessage {
  readonly step: string
  /** The same for all steps of one call. */
  readonly operation: number
  milliseconds: number | undefined
}

type Channel<Message extends object> = TracingChannel<unknown, Message>

const commands: Channel<CommandMessage> = tracingChannel('pgfork.command')
const steps: Channel<StepMessage> = tracingChannel('pgfork.step')

export const traceCommand = <T>(facts: Omit<CommandMessage, 'milliseconds'>, action: () => Promise<T>): Promise<T> =>
  trace(commands, { ...facts, milliseconds: undefined }, action)

export const traceStep = <T>(facts: Omit<StepMessage, 'milliseconds'>, action: () => Promise<T>): Promise<T> =>
  trace(steps, { ...facts, milliseconds: undefined }, action)

/** Its time is known before the end is told. */
function trace<Message extends { milliseconds: number | undefined }, T>(
  channel: Channel<Message>,
  message: Message,
  action: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now()
  return channel.tracePromise(async () => {
    try {
      return await action()
    } finally {
      message.milliseconds = performance.now() - startedAt
    }
  }, message)
}
