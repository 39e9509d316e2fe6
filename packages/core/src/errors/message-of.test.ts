import { expect, test } from 'vitest'
import { messageOf } from './message-of.ts'

const refuse = (): never => {
  throw new Error('no text')
}

test.each([
  [new Error('full'), 'full'],
  ['full', 'full'],
  [undefined, 'undefined'],
  [Symbol('full'), 'Symbol(full)'],
  [Object.assign(new Error(), { message: 1 }), '1'],
])('what %s says', (error, message) => {
  expect(messageOf(error)).toBe(message)
})

test.each([
  [Object.create(null)],
  [{ toString: refuse }],
  [Object.defineProperty(new Error('full'), 'message', { get: refuse })],
  [Object.assign(new Error(), { message: Object.create(null) })],
  [new Proxy({}, { get: refuse, getPrototypeOf: refuse })],
])('what has no text says so', (error) => {
  expect(messageOf(error)).toBe('something was thrown that has no text')
})
