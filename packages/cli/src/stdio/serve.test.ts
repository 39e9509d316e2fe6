import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { serve } from './serve.ts'

const methods = { echo: async (params: unknown) => params }

async function answersTo(pieces: Iterable<string>): Promise<unknown[]> {
  const written: unknown[] = []
  await serve(Readable.from(pieces), (message) => written.push(message), methods, new AbortController().signal)
  return written
}

const request = (id: number) => JSON.stringify({ jsonrpc: '2.0', id, method: 'echo', params: { id } })

test('the last line is answered although nothing ends it', async () => {
  const answers = await answersTo([`${request(1)}\n`, request(2)])
  expect(answers).toMatchObject([{ result: { id: 1 } }, { result: { id: 2 } }])
})

test('a line without an end is refused before it fills the memory, and nothing after it is read', async () => {
  let given = 0
  function* endless(): Generator<string> {
    for (; given < 1_000; given++) yield 'x'.repeat(1_000_000)
    yield `\n${request(1)}\n`
  }
  expect(await answersTo(endless())).toMatchObject([
    { id: null, error: { code: -32_600, message: expect.stringMatching(/more than 16777216 characters/) } },
  ])
  expect(given).toBeLessThan(40)
})
