import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { readForkOptions } from '../api/options/read-options.ts'
import { CommandError } from './command-error.ts'
import { fromSystemError } from './from-system-error.ts'
import { isPgforkError, PgforkError } from './pgfork-error.ts'
import { ServerStartError } from './server-start-error.ts'

const command = new CommandError('COMMAND_FAILED', 'ls failed', {
  command: ['ls', '/x'],
  exitCode: 2,
  stderr: 'no x',
  durationMs: 1,
  cause: new Error('why'),
})
const start = new ServerStartError('It did not start.', 'FATAL: no')
const plain = new PgforkError('LAYOUT_REFUSED', 'No.', {
  hazard: 'H3',
  facts: { path: '/x', nested: { numbers: [1, 2] } },
})

test('errors are what they are, and are recognised by code', () => {
  expect(command).toBeInstanceOf(PgforkError)
  expect(isPgforkError(start, 'SERVER_START_FAILED')).toBe(true)
  expect(isPgforkError(start, 'ABORTED')).toBe(false)
  expect(isPgforkError(new Error('x'))).toBe(false)
  expect(start).toMatchObject({ name: 'ServerStartError', log: 'FATAL: no', message: 'It did not start.\nFATAL: no' })
})

test('as plain data an error keeps its code, step, facts and leftovers, through JSON, structuredClone and a worker', async () => {
  const failed = new PgforkError('NO_SPACE', 'Full.', { hazard: 'H55', facts: { usedBytes: 1 } })
  failed.step = 'clone'
  failed.leftBehind.push({ step: 'snapshot', reason: 'busy' })
  const expected = {
    name: 'PgforkError',
    code: 'NO_SPACE',
    message: 'Full.',
    step: 'clone',
    hazard: 'H55',
    leftBehind: [{ step: 'snapshot', reason: 'busy' }],
    facts: { usedBytes: 1 },
    ...(failed.help === undefined ? {} : { help: failed.help }),
  }
  expect(JSON.parse(JSON.stringify(failed))).toEqual(expected)
  expect(structuredClone(failed.toJSON())).toEqual(expected)
  expect(await throughWorker(failed.toJSON())).toEqual(expected)
  expect(JSON.parse(JSON.stringify(command))).toMatchObject({
    name: 'CommandError',
    facts: { command: ['ls', '/x'], exitCode: 2, stderr: 'no x' },
  })
  expect(JSON.parse(JSON.stringify(start))).toMatchObject({ name: 'ServerStartError', facts: { log: 'FATAL: no' } })
  expect(JSON.parse(JSON.stringify(plain))).toMatchObject({
    hazard: 'H3',
    facts: { path: '/x', nested: { numbers: [1, 2] } },
  })
})

test('the error itself can be sent to a worker, which then has its message and stack', async () => {
  for (const error of [command, start, plain]) {
    const clone = structuredClone(error)
    expect(clone).toBeInstanceOf(Error)
    expect(clone.message).toBe(error.message)
  }
})

const circular: Record<string, unknown> = {}
circular.itself = circular

test.each([1n, circular, () => 1, Symbol('x'), new Map([[1, 2]]), Number.NaN, { toJSON: () => 1n }])(
  'whatever a caller passes (%o), its error is typed and plain data',
  (value) => {
    const options = [
      { port: value },
      { settings: { work_mem: value } },
      { name: value },
      { timeline: value },
      { prepare: [value] },
      { timeToLiveMs: value },
    ]
    for (const each of options) {
      let error: unknown
      try {
        readForkOptions({ source: '/source', ...(each as object) })
      } catch (thrown) {
        error = thrown
      }
      expect(error).toMatchObject({ code: expect.stringMatching(/^INVALID_/) })
      expect(structuredClone((error as PgforkError).toJSON())).toEqual((error as PgforkError).toJSON())
      expect(() => JSON.stringify(error)).not.toThrow()
    }
  },
)

test.each([
  ['ENOSPC', 'NO_SPACE'],
  ['EDQUOT', 'NO_SPACE'],
  ['EACCES', 'PERMISSION_DENIED'],
  ['EPERM', 'PERMISSION_DENIED'],
  ['EROFS', 'PERMISSION_DENIED'],
  ['EBUSY', 'BUSY'],
  ['EIO', 'COMMAND_FAILED'],
] as const)('%s of the system becomes %s', (code, expected) => {
  const cause = Object.assign(new Error(code), { code, syscall: 'write' })
  expect(fromSystemError(cause, 'COMMAND_FAILED', 'It')).toMatchObject({
    code: expected,
    cause,
    message: `It: ${code}`,
  })
  expect(fromSystemError(plain, 'COMMAND_FAILED', 'It')).toBe(plain)
  expect(fromSystemError('text', 'BUSY', 'It')).toMatchObject({ code: 'BUSY', message: 'It: text' })
})

function throughWorker(data: unknown): Promise<unknown> {
  const worker = new Worker(`require('node:worker_threads').parentPort.once('message', (data) => { throw data })`, {
    eval: true,
  })
  return new Promise((resolve) => {
    worker.once('error', resolve)
    worker.postMessage(data)
  })
}
