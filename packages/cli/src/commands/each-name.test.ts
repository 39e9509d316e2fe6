import { PgforkError } from '@pgfork/core'
import { expect, test, vi } from 'vitest'
import { eachName } from './each-name.ts'

test.each([
  ['one code', ['FORK_PROTECTED', 'FORK_PROTECTED'], 'FORK_PROTECTED'],
  ['several', ['FORK_PROTECTED', 'FORK_NOT_FOUND'], undefined],
] as const)('what failed by %s', async (_, codes, failure) => {
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    const report = await eachName(
      ['0', '1', 'good'],
      'Did',
      async (name) => {
        const code = codes[Number(name)]
        if (code !== undefined) throw new PgforkError(code, 'No.')
      },
      { warnings: [], signal: undefined },
    )
    expect(report.failure).toBe(failure)
    expect(report.json).toMatchObject({ done: ['good'], failed: [{ name: '0' }, { name: '1' }] })
  } finally {
    printed.mockRestore()
  }
})
