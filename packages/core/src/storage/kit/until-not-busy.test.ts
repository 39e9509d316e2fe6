import { expect, test } from 'vitest'
import { createContext } from '../../../../../test/support/driver-fixture/index.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { untilNotBusy } from './until-not-busy.ts'

const busy = (hazard?: string) => new PgforkError('BUSY', 'in use', hazard === undefined ? {} : { hazard })

/** What fails with these errors, one after another, and then succeeds. */
function failing(...errors: Error[]) {
  const attempts = { made: 0 }
  return Object.assign(
    async () => {
      const error = errors[attempts.made++]
      if (error !== undefined) throw error
    },
    { attempts },
  )
}

test('H56: what is busy is tried again until it is not', async () => {
  const attempt = failing(busy(), busy())
  await untilNotBusy(attempt, 60_000, createContext())
  expect(attempt.attempts.made).toBe(3)
})

test('H56: after the time limit the last error is thrown', async () => {
  const errors = Array.from({ length: 1000 }, () => busy())
  const attempt = failing(...errors)
  await expect(untilNotBusy(attempt, 150, createContext())).rejects.toMatchObject({ code: 'BUSY' })
  expect(attempt.attempts.made).toBeGreaterThan(0)
  const once = failing(busy())
  await expect(untilNotBusy(once, 0, createContext())).rejects.toMatchObject({ code: 'BUSY' })
  expect(once.attempts.made).toBe(1)
})

test('H57: what only a person can end, and any other error, is thrown at once', async () => {
  for (const error of [busy('H57'), busy('H51'), new Error('else')]) {
    const attempt = failing(error)
    await expect(untilNotBusy(attempt, 60_000, createContext())).rejects.toBe(error)
    expect(attempt.attempts.made).toBe(1)
  }
})

test('H56: waiting ends with an abort', async () => {
  const aborting = new AbortController()
  const attempt = async () => {
    aborting.abort()
    throw busy()
  }
  await expect(untilNotBusy(attempt, 60_000, createContext(aborting.signal))).rejects.toMatchObject({ code: 'ABORTED' })
})
