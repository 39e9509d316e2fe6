import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { inMountNamespace } from '../../support/elsewhere/in-mount-namespace.ts'
import { byExtent } from '../../support/extent.ts'
import { listLoopDevices } from '../../support/system/loop-devices.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { listMounts } from '../../support/system/mounts.ts'
import { listProcesses } from '../../support/system/processes.ts'

const checkout = resolve(import.meta.dirname, '../../..')

interface DemoRun {
  readonly exitCode: number | null
  readonly output: string
}

/** Runs the demo as on a pipe, in a process group of its own; expects that nothing is left. */
async function runDemo(words: readonly string[], interruptAt?: string): Promise<DemoRun> {
  const demo = spawn(process.execPath, ['--import', 'tsx', 'demo/index.ts', '--seconds', '1', ...words], {
    cwd: checkout,
    env: { ...process.env, FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  let isInterrupted = false
  for (const stream of [demo.stdout, demo.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (interruptAt === undefined || isInterrupted || !output.includes(interruptAt)) return
      isInterrupted = true
      // As a terminal does: to the whole group.
      process.kill(-(demo.pid ?? Number.NaN), 'SIGINT')
    })
  const [exitCode]: (number | null)[] = await once(demo, 'close')
  expect(await findRemains(`pgfork-demo-${demo.pid}-`), output).toEqual([])
  return { exitCode: exitCode ?? null, output }
}

/** Everything on the machine that has to do with a folder of this name. */
async function findRemains(prefix: string): Promise<string[]> {
  const found = [
    ...(await readdir(tmpdir())),
    ...(await listMounts()).map(({ mountPoint }) => mountPoint),
    ...(await listLoopDevices()).map(({ backingFile }) => backingFile),
    ...(await listProcesses()).map(({ command, workingDirectory }) => `${command} in ${workingDirectory}`),
  ]
  return found.filter((entry) => entry.includes(prefix))
}

const ways = [
  { where: 'where it would be made by anybody', words: [] },
  { where: 'by copies', words: ['--driver', 'copy'] },
]

test.each(byExtent(ways.slice(0, 1), ways))(
  'the demo shows a fork of a server at work, $where, and leaves nothing',
  async ({ words }) => {
    const { exitCode, output } = await runDemo(['--scale', '1', ...words])
    expect(exitCode, output).toBe(0)
    expect(output).toMatch(/timeline +1 +2\n/)
    expect(output).toMatch(/tracking row +changed in the source +changed in the fork\n/)
    expect(output).toMatch(/balances +agree +agree\n/)
    expect(output).toContain('nothing is left')
    expect(output).not.toContain('\r')
    expect(output).not.toContain('\u001b')
    const story = output.slice(output.indexOf('1  A server at work')).split('\n')
    for (const line of story) expect(line.length).toBeLessThanOrEqual(80)
  },
)

test.each(byExtent(['timeline'], ['PostgreSQL  ', 'initdb and start', 'createFork', 'timeline', 'in all']))(
  'the demo interrupted at "%s" leaves nothing',
  async (moment) => {
    const { exitCode, output } = await runDemo(['--scale', '1'], moment)
    expect(exitCode, output).toBe(130)
    expect(output).toContain('nothing is left')
  },
)

test('the demo refuses words that it does not understand', async () => {
  const { exitCode, output } = await runDemo(['--scale', '0'])
  expect(exitCode).toBe(1)
  expect(output).toContain('--scale must be a whole number above 0')
})

test('as root on Debian, what it takes to show a Btrfs is installed first', async () => {
  const folder = await makeWorkFolder('demo-packages')
  try {
    await writeFile(join(folder, 'apt-get'), `#!/bin/sh\necho "$@" >> '${folder}/calls'\n`, { mode: 0o755 })
    // On a machine that has no mkfs.btrfs, as far as a namespace of mounts can tell.
    const hide = 'mount -t tmpfs none /usr/sbin && exec bash scripts/install-system-packages.sh mkfs.btrfs'
    const [file = '', ...words] = inMountNamespace(hide)
    const { stdout, stderr } = await execa(file, words, {
      cwd: checkout,
      env: { PATH: `${folder}:${process.env.PATH}:/usr/sbin:/sbin`, CI: '' },
    })
    expect(stdout).toContain('Installing Debian packages: btrfs-progs')
    expect(stderr).toContain('btrfs-progs')
    expect(await readFile(join(folder, 'calls'), 'utf8')).toMatch(/^update .*\ninstall .* btrfs-progs\n$/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
