import { isPgforkError } from '@pgfork/core'
import { describeError } from '../output/report.ts'

/** JSON-RPC 2.0, section 5.1; what a method throws is -32000, with pgfork's own code in `data.code`. */
const codes = { parse: -32_700, request: -32_600, method: -32_601, params: -32_602, pgfork: -32_000 } as const

type Id = string | number | null

/** A method gets what stands in `params`, and the `id` for what it tells meanwhile. */
export type Methods = Readonly<Record<string, (params: unknown, id: Id) => Promise<unknown>>>

interface Response {
  readonly jsonrpc: '2.0'
  readonly id: Id
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** Answers one line: a request, or an array of them. @returns undefined where nothing is to be answered */
export async function answer(line: string, methods: Methods): Promise<Response | Response[] | undefined> {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch (error) {
    return failure(null, codes.parse, `This line is no JSON: ${(error as Error).message}`)
  }
  if (!Array.isArray(message)) return answerOne(message, methods)
  if (message.length === 0) return failure(null, codes.request, 'There is no request in this array.')
  const responses = await Promise.all(message.map((one) => answerOne(one, methods)))
  const given = responses.filter((response) => response !== undefined)
  return given.length === 0 ? undefined : given
}

async function answerOne(message: unknown, methods: Methods): Promise<Response | undefined> {
  const { jsonrpc, id, method, params } = (message ?? {}) as Record<string, unknown>
  const isId = id === undefined || id === null || typeof id === 'string' || typeof id === 'number'
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !isId)
    return failure(
      isId ? (id ?? null) : null,
      codes.request,
      'A request is { "jsonrpc": "2.0", "id", "method", "params" }.',
    )
  const response = await call(method, params, id ?? null, methods)
  // What has no id wants no answer.
  return id === undefined ? undefined : response
}

async function call(method: string, params: unknown, id: Id, methods: Methods): Promise<Response> {
  const action = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (action === undefined)
    return failure(id, codes.method, `There is no method ${method}. There are ${Object.keys(methods).join(', ')}.`)
  try {
    return { jsonrpc: '2.0', id, result: await action(params ?? {}, id) }
  } catch (error) {
    const isWrong = isPgforkError(error) && (error.code === 'INVALID_OPTION' || error.code === 'INVALID_NAME')
    const data = describeError(error)
    return failure(id, isWrong ? codes.params : codes.pgfork, data.message, data)
  }
}

export const tooLong = (characters: number): Response =>
  failure(null, codes.request, `A line of more than ${characters} characters is no request. Nothing after it is read.`)

const failure = (id: Id, code: number, message: string, data?: unknown): Response => ({
  ...{ jsonrpc: '2.0', id },
  error: { code, message, ...(data === undefined ? {} : { data }) },
})
