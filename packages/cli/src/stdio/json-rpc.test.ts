import { PgforkError } from '@pgfork/core'
import { expect, test } from 'vitest'
import { answer } from './json-rpc.ts'

const told: unknown[] = []
const methods = {
  echo: async (params: unknown) => params,
  note: async (params: unknown) => void told.push(params),
  fail: async () => {
    throw new PgforkError('NO_SPACE', 'It is full.', { hazard: 'H55', facts: { path: '/srv' } })
  },
  refuse: async () => {
    throw new PgforkError('INVALID_OPTION', 'No.')
  },
}
const ask = (message: unknown) => answer(typeof message === 'string' ? message : JSON.stringify(message), methods)
const request = (method: string, more: object = { id: 1 }) => ({ jsonrpc: '2.0', method, ...more })

test('a request is answered, with its id whatever it is', async () => {
  for (const id of [1, 'one', null])
    expect(await ask(request('echo', { id, params: { a: 1 } }))).toEqual({ jsonrpc: '2.0', id, result: { a: 1 } })
})

test('errors have codes: those of JSON-RPC, and pgfork’s own in data', async () => {
  expect(await ask(request('fail'))).toMatchObject({
    id: 1,
    error: {
      code: -32_000,
      message: 'It is full.',
      data: { code: 'NO_SPACE', hazard: 'H55', facts: { path: '/srv' } },
    },
  })
  expect(await ask(request('refuse'))).toMatchObject({ error: { code: -32_602, data: { code: 'INVALID_OPTION' } } })
  expect(await ask(request('nope'))).toMatchObject({ id: 1, error: { code: -32_601 } })
  expect(await ask(request('constructor'))).toMatchObject({ id: 1, error: { code: -32_601 } })
  expect(await ask('{')).toMatchObject({ id: null, error: { code: -32_700 } })
  for (const wrong of [[], null, 1, {}, { jsonrpc: '1.0', id: 1, method: 'echo' }, request('echo', { id: {} })])
    expect(await ask(wrong)).toMatchObject({ error: { code: -32_600 } })
})

test('a notification is done and not answered, and an array is answered by one', async () => {
  expect(await ask(request('note', { params: 'done' }))).toBe(undefined)
  expect(await ask([request('note', { params: 'too' })])).toBe(undefined)
  expect(told).toEqual(['done', 'too'])
  expect(await ask([request('echo', { id: 1 }), request('note', {}), 1, request('nope', { id: 2 })])).toMatchObject([
    { id: 1, result: {} },
    { id: null, error: { code: -32_600 } },
    { id: 2, error: { code: -32_601 } },
  ])
})
