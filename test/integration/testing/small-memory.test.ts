import process from 'node:process'
import { expect, test } from 'vitest'
import { inMountNamespace } from '../../support/elsewhere/in-mount-namespace.ts'
import { programArguments } from '../../support/programs/program.ts'
import { runner } from '../../support/system/runner.ts'
import { describeTemplatesOn } from '../../support/workbench/template-workbench.ts'

const servers = 12
const rows = 200_000

await describeTemplatesOn('ext4', (bench) => {
  test(`H150: parallel queries in ${servers} servers at once, where /dev/shm has 64 MB as in a container`, async () => {
    const { directory, stateDirectory } = bench.options
    const program = programArguments('parallel-queries-program', { servers, directory, stateDirectory })
    const within = 'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$@"'
    const [file = '', ...words] = [...inMountNamespace(within), process.execPath, ...program]
    const { stdout } = await runner.run(file, words, { timeoutMs: 120_000 })
    expect(JSON.parse(stdout)).toEqual({
      sharedBytes: 64 * 1024 ** 2,
      answers: Array(servers).fill({ rows, launched: true }),
    })
  })
})
