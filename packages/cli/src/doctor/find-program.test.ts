import { afterEach, expect, test, vi } from 'vitest'
import { findProgram } from './find-program.ts'

afterEach(() => vi.unstubAllEnvs())

test('what commands are found by counts, and not only the path of the shell', () => {
  for (const path of ['', '/nowhere', '.', undefined]) {
    vi.stubEnv('PATH', path)
    expect(findProgram('sh')).toMatch(/^\/(usr\/)?bin\/sh$/)
  }
  vi.stubEnv('PATH', '.:/usr/bin')
  expect(findProgram('no-such-program')).toBeUndefined()
})
