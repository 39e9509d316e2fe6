import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError } from '../../errors/pgfork-error.ts'
import { ServerStartError } from '../../errors/server-start-error.ts'
import { readLogTail } from './read-log-tail.ts'
import type { StartServerRequest } from './server-launcher.ts'

/**
 * What a start throws that came to nothing. `left`: why what was started couldn't be ended, which must not hide why it was to end.
 */
export async function failedStart(
  { server, logFile, timeoutMs, signal }: StartServerRequest,
  error: unknown,
  left: unknown,
): Promise<unknown> {
  if (signal?.aborted && left === undefined) return error
  const what = isPgforkError(error, 'TIMED_OUT')
    ? `was not ready within ${timeoutMs} ms (timeouts.startMs)`
    : `did not start: ${messageOf(error)}`
  return new ServerStartError(
    `The server of ${server.dataDirectory} ${what}. ${left === undefined ? '' : `${messageOf(left)} `}Its log ends with:`,
    await readLogTail(logFile),
    left === undefined ? error : new AggregateError([error, left]),
  )
}
