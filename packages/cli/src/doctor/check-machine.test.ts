import process from 'node:process'
import { afterEach, expect, test, vi } from 'vitest'
import { checkMachine } from './check-machine.ts'

const { platform } = process

afterEach(() => {
  vi.restoreAllMocks()
  Object.defineProperty(process, 'platform', { value: platform })
})

const statusOf = (check: string) => checkMachine('/nowhere/state').find((finding) => finding.check === check)

test('another system than Linux is told of', () => {
  expect(statusOf('machine.platform')).toMatchObject({ status: 'ok', message: expect.stringContaining('linux') })
  Object.defineProperty(process, 'platform', { value: 'darwin' })
  expect(statusOf('machine.platform')).toMatchObject({ status: 'warning', remedy: expect.stringContaining('copies') })
})

test.each([
  [0, 'You are root'],
  [1000, 'You are user 1000'],
])('the user %i', (uid, message) => {
  vi.spyOn(process, 'geteuid').mockReturnValue(uid)
  expect(statusOf('machine.user')?.message).toContain(message)
})
