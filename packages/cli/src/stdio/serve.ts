import type { Readable } from 'node:stream'
import { answer, type Methods, tooLong } from './json-rpc.ts'

/** Longer lines are nobody's request. */
const longestLine = 16 * 1024 * 1024

/**
 * Answers each line of `input` by one of `output`, several at a time. Over when the input ends, or by the signal; then what is under way
 * has been answered.
 */
export async function serve(
  input: Readable,
  write: (message: unknown) => void,
  methods: Methods,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const take = (line: string): void => {
    if (line.trim() === '') return
    const answered = answer(line, methods).then((response) => {
      if (response !== undefined) write(response)
      underWay.delete(answered)
    })
    underWay.add(answered)
  }
  await readLines(input, take, write, signal)
  await Promise.all(underWay)
}

function readLines(
  input: Readable,
  take: (line: string) => void,
  write: (message: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let rest = ''
    const end = (): void => {
      input.off('data', read).off('end', finish).off('error', end)
      signal.removeEventListener('abort', end)
      input.pause()
      resolve()
    }
    // The last line need not be ended.
    const finish = (): void => {
      take(rest)
      end()
    }
    const read = (text: string): void => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line)
      if (rest.length <= longestLine) return
      // Its end can't be found any more without reading on for ever.
      write(tooLong(longestLine))
      end()
    }
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', end)
    input.setEncoding('utf8').on('data', read).on('end', finish).on('error', end)
  })
}
