import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder } from '../storage/index.ts'
import { waitUntil } from '../wait-until.ts'
import { atCommand, recordCommands } from './index.ts'

test('every command is told with its arguments, outcome and stderr', async () => {
  await using runner = recordCommands()
  await runner.run('echo', ['a b'])
  await expect(runner.run('ls', ['/nowhere'])).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
  const evidence = await runner.evidence()
  expect(evidence).toMatch(/1 {2}echo a b {2}\[\d+ ms, exit status 0\]/)
  expect(evidence).toMatch(/2 {2}ls \/nowhere {2}\[\d+ ms, COMMAND_FAILED, exit status 2\]\n +ls: cannot access/)
})

test("a started process's output is told also when its file was deleted", async () => {
  await using folder = await createFolder()
  await using runner = recordCommands()
  const outputFile = join(folder.path, 'output')
  const { exited } = await runner.start('sh', ['-c', 'echo said; sleep 0.1; echo more'], {
    outputFile,
    workingDirectory: '/',
    diesWithCaller: false,
  })
  expect(await runner.evidence()).toContain('still running')
  await rm(outputFile)
  await exited
  await waitUntil(() => runner.commands[0]?.output !== '', { timeoutMs: 60_000, what: 'output of the process' })
  expect(await runner.evidence()).toMatch(/exit status 0\]\n +said\n +more/)
})

test('a command fails before or after it was run', async () => {
  await using folder = await createFolder()
  await using runner = recordCommands({
    trouble: ({ number }) => (number === 1 ? 'fail' : number === 2 ? 'fail-afterwards' : undefined),
  })
  const [first, second] = [join(folder.path, 'first'), join(folder.path, 'second')]
  await expect(runner.run('touch', [first])).rejects.toMatchObject({ code: 'COMMAND_FAILED', exitCode: 1 })
  await expect(runner.run('touch', [second])).rejects.toMatchObject({ code: 'COMMAND_FAILED', exitCode: 1 })
  expect((await runner.run('ls', [folder.path])).stdout).toBe('second')
})

test('a hanging command ends by its time limit or its signal', async () => {
  await using runner = recordCommands({ trouble: () => 'hang' })
  await expect(runner.run('true', [], { timeoutMs: 50 })).rejects.toMatchObject({ code: 'COMMAND_TIMED_OUT' })
  await using impatient = recordCommands({ trouble: () => 'hang', hangMs: 50 })
  await expect(impatient.run('true', [])).rejects.toMatchObject({ code: 'COMMAND_TIMED_OUT' })
  const signal = AbortSignal.timeout(50)
  await expect(runner.run('true', [], { signal })).rejects.toMatchObject({ code: 'ABORTED' })
})

test('trouble at one command leaves the others alone', async () => {
  let calls = 0
  await using runner = recordCommands({ trouble: atCommand(2, () => void calls++) })
  for (const word of ['one', 'two', 'three']) expect((await runner.run('echo', [word])).stdout).toBe(word)
  expect(calls).toBe(1)
})
