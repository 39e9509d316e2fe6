import { spawn } from 'node:child_process'
import { getEventListeners, once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { waitUntil } from '../process/wait-until.ts'
import { createRunner } from './execa-runner.ts'
import { privilegeArguments } from './privilege-arguments.ts'

const runner = createRunner()
const isRoot = process.geteuid?.() === 0

test('arguments reach the command as they are', async () => {
  const args = ['%s\n', '', ' ', '$HOME', '`id`', '; ls', "'", '"', '\\', '*', '-n', 'new\nline', 'ä']
  const { stdout } = await runner.run('printf', args)
  expect(stdout).toBe(args.slice(1).join('\n'))
})

test('a failure tells the exact command, its exit status and its stderr', async () => {
  const failed = runner.run('ls', ['/nowhere', '--'], { prefix: ['env', '-u', 'X'] })
  await expect(failed).rejects.toMatchObject({
    name: 'CommandError',
    code: 'COMMAND_FAILED',
    command: ['env', '-u', 'X', 'ls', '/nowhere', '--'],
    exitCode: 2,
    stderr: expect.stringContaining("cannot access '/nowhere'"),
    message: expect.stringMatching(/^env -u X ls \/nowhere -- ended with exit status 2: ls: cannot access/),
  })
  await expect(runner.run('sh', ['-c', 'kill -KILL $$'])).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('was ended by SIGKILL'),
  })
})

test('where no descriptors are left, a command fails and nothing else does', { timeout: 60_000 }, async () => {
  const program = `
    import { closeSync, openSync } from 'node:fs'
    const { createRunner } = await import('${new URL('./execa-runner.ts', import.meta.url)}')
    const runner = createRunner()
    await runner.run('true', [])
    const held = []
    try {
      for (;;) held.push(openSync('/dev/null', 'r'))
    } catch {}
    const ends = [
      runner.run('true', []),
      runner.run('cat', [], { input: 'x' }),
      runner.run('true', [], { uninterruptible: { warn: () => {} } }),
      runner.start('true', [], { outputFile: held[0], workingDirectory: '/', diesWithCaller: false }),
    ]
    const told = await Promise.all(ends.map((end) => end.then(() => 'done', (error) => String(error.cause?.code ?? error.code))))
    for (const descriptor of held) closeSync(descriptor)
    console.log(told.join(' '))`
  const words = ['-c', 'ulimit -n 100; exec "$0" "$@"', process.execPath, '--import', 'tsx', '--input-type=module']
  const { stdout } = await runner.run('sh', [...words, '--eval', program], {
    prefix: ['env', '-C', fileURLToPath(new URL('../../../../', import.meta.url))],
  })
  expect(stdout).toBe('EMFILE EMFILE EMFILE EMFILE')
})

test('a command that is not there', async () => {
  await expect(runner.run('no-such-command-at-all', [])).rejects.toMatchObject({
    code: 'COMMAND_NOT_FOUND',
    command: ['no-such-command-at-all'],
  })
  await expect(runner.run('/nowhere/postgres', [])).rejects.toMatchObject({ code: 'COMMAND_NOT_FOUND' })
  const options = { outputFile: '/dev/null', workingDirectory: '/', diesWithCaller: false }
  await expect(runner.start('/nowhere/postgres', [], options)).rejects.toMatchObject({
    code: 'COMMAND_NOT_FOUND',
    command: ['/nowhere/postgres'],
  })
})

test.each(['', '.', ':/usr/bin', '.:/usr/bin', 'bin:/usr/bin'])(
  'H62: with the path "%s" no program of the working directory is run',
  async (path) => {
    const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-runner-'))
    vi.stubEnv('PATH', path)
    try {
      await mkdir(join(folder, 'bin'))
      for (const place of [folder, join(folder, 'bin')])
        await writeFile(join(place, 'env'), `#!/bin/sh\ntouch '${folder}/was-run'\n`, { mode: 0o755 })
      const options = { outputFile: join(folder, 'output'), workingDirectory: folder, diesWithCaller: false }
      const { exited } = await runner.start('env', [], options)
      await expect(exited).resolves.toEqual({ exitCode: 0 })
      expect(await readdir(folder)).not.toContain('was-run')
      expect(await readFile(join(folder, 'output'), 'utf8')).toContain('LC_ALL=C')
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    }
  },
)

test('a command that does not end is ended, also one that hides its pipe in a child', async () => {
  await expect(runner.run('sleep', ['60'], { timeoutMs: 100 })).rejects.toMatchObject({ code: 'COMMAND_TIMED_OUT' })
  const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-runner-'))
  const pidFile = join(folder, 'pid')
  try {
    const hiding = runner.run(
      'sh',
      ['-c', `sleep 600 & echo $! > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; sleep 600`],
      {
        timeoutMs: 2_000,
      },
    )
    await expect(hiding).rejects.toMatchObject({ code: 'COMMAND_TIMED_OUT' })
    // It had not ended by itself.
    process.kill(Number(await readFile(pidFile, 'utf8')), 'SIGKILL')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('an aborted command is ended, and its signal keeps no listener', async () => {
  const aborting = new AbortController()
  setTimeout(() => aborting.abort(), 50)
  await expect(runner.run('sleep', ['60'], { signal: aborting.signal })).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(runner.run('touch', ['/nowhere/x'], { signal: aborting.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  const { signal } = new AbortController()
  for (let round = 0; round < 12; round++) await runner.run('true', [], { signal })
  for (const each of [signal, aborting.signal])
    await waitUntil(async () => getEventListeners(each, 'abort').length === 0, {
      what: 'No listener',
      timeoutMs: 60_000,
    })
})

test('nothing of the environment reaches a command but what it needs to be found', async () => {
  const before = { ...process.env }
  Object.assign(process.env, { PGDATA: '/x', PGOPTIONS: '-c x=1', LC_ALL: 'de_DE', LD_PRELOAD_X: '1', SECRET: 'x' })
  try {
    const { stdout } = await runner.run('env', [], { environment: { OWN: '1' } })
    const names = stdout.split('\n').map((line) => line.split('=')[0])
    expect(names.sort()).toEqual(['HOME', 'LC_ALL', 'OWN', 'PATH'])
    expect(stdout).toContain('LC_ALL=C')
  } finally {
    for (const name of ['PGDATA', 'PGOPTIONS', 'LC_ALL', 'LD_PRELOAD_X', 'SECRET']) delete process.env[name]
    Object.assign(process.env, before)
  }
})

test('input is passed, and is empty otherwise', async () => {
  expect((await runner.run('cat', [], { input: 'ä\n' })).stdout.trim()).toBe('ä')
  expect((await runner.run('cat', [])).stdout).toBe('')
})

test('what was started outlives the call; its output is private and appended to', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-runner-'))
  try {
    const outputFile = join(folder, 'output')
    for (const word of ['one', 'two']) {
      const { exited } = await runner.start('sh', ['-c', `echo ${word}; pwd >&2; exit 3`], {
        outputFile,
        workingDirectory: '/usr',
        diesWithCaller: false,
      })
      expect(await exited).toEqual({ exitCode: 3 })
    }
    expect(await readFile(outputFile, 'utf8')).toBe('one\n/usr\ntwo\n/usr\n')
    expect((await stat(outputFile)).mode & 0o777).toBe(0o600)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.skipIf(!isRoot)('root runs commands as another user, with none of its own groups', async () => {
  const { stdout } = await runner.run('sh', ['-c', 'id -u; id -g; id -G'], { user: { uid: 65_534, gid: 65_533 } })
  expect(stdout).toBe('65534\n65533\n65533')
})

test('words that change user and bind lives are only there where they are needed', () => {
  const self = { uid: process.geteuid?.() ?? -1, gid: process.getegid?.() ?? -1 }
  expect(privilegeArguments(undefined)).toEqual([])
  expect(privilegeArguments(self)).toEqual([])
  expect(privilegeArguments(undefined, 'QUIT')).toEqual(['setpriv', '--pdeathsig=QUIT', '--'])
  if (isRoot)
    expect(privilegeArguments({ uid: 7, gid: 8 }, 'QUIT')).toEqual([
      'setpriv',
      '--reuid=7',
      '--regid=8',
      '--clear-groups',
      '--pdeathsig=QUIT',
      '--',
    ])
})

// He could push a command into the input of root's shell by ioctl(TIOCSTI), or read what root types.
test.runIf(isRoot)(
  "H62: a command as another user doesn't reach the terminal that root works at",
  { timeout: 60_000 },
  async () => {
    const program = `
    const { createRunner } = await import('${new URL('./execa-runner.ts', import.meta.url)}')
    const open = (options) => createRunner().run('sh', ['-c', ': < /dev/tty'], options).then(() => 'open', () => 'closed')
    console.log('root ' + (await open({})) + ', other ' + (await open({ user: { uid: 65534, gid: 65534 } })))`
    const words = [
      process.execPath,
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      `'${program.replaceAll("'", `'\\''`)}'`,
    ]
    // A terminal of its own.
    const child = spawn('script', ['-qec', words.join(' '), '/dev/null'], {
      cwd: new URL('../../../../', import.meta.url),
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    await once(child, 'close')
    expect(output).toContain('root open, other closed')
  },
)

test.runIf(isRoot)('a command as another user ends with the process that had it run', { timeout: 60_000 }, async () => {
  const program = `
    const { createRunner } = await import('${new URL('./execa-runner.ts', import.meta.url)}')
    await createRunner().run('sleep', ['60'], { user: { uid: 65534, gid: 65534 } })`
  const words = ['--import', 'tsx', '--input-type=module', '--eval', program]
  const child = spawn(process.execPath, words, { cwd: new URL('../../../../', import.meta.url) })
  const findChildren = (pid = 0) => readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const sleeping = async (): Promise<number | undefined> => {
    for (const pid of (await findChildren(child.pid)).trim().split(' ').map(Number))
      if ((await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'sleep') return pid
    return undefined
  }
  const pid = await waitUntil(sleeping, { what: 'The begin of the command', timeoutMs: 30_000 })
  child.kill('SIGKILL')
  const isGone = () =>
    stat(`/proc/${pid}`).then(
      () => false,
      () => true,
    )
  await waitUntil(isGone, { what: 'Its end', timeoutMs: 10_000 })
})

describe('H74: a command that must not be interrupted', () => {
  const slow = ['-c', 'sleep 0.7; echo done; echo noted >&2']

  test('goes on beyond its time limit, which is told, and beyond an abort', async () => {
    const warnings: string[] = []
    const aborting = new AbortController()
    setTimeout(() => aborting.abort(), 50)
    const options = {
      timeoutMs: 100,
      signal: aborting.signal,
      uninterruptible: { warn: (text: string) => warnings.push(text) },
    }
    const { stdout, stderr, durationMs } = await runner.run('sh', slow, options)
    expect([stdout, stderr]).toEqual(['done', 'noted'])
    expect(durationMs).toBeGreaterThan(600)
    expect(warnings).toEqual([expect.stringMatching(/^sh -c sleep .* has not ended within 100 ms\. It is waited for/)])
    await expect(runner.run('touch', ['/nowhere/x'], options)).rejects.toMatchObject({
      code: 'ABORTED',
      message: expect.stringContaining('was not started'),
    })
  })

  test('fails like every other one, and is given its input', async () => {
    const uninterruptible = { warn: () => {} }
    await expect(runner.run('ls', ['/nowhere'], { uninterruptible })).rejects.toMatchObject({
      ...{ code: 'COMMAND_FAILED', exitCode: 2, stderr: expect.stringContaining("cannot access '/nowhere'") },
    })
    await expect(runner.run('no-such-command-at-all', [], { uninterruptible })).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
    })
    expect((await runner.run('cat', [], { input: 'given', uninterruptible })).stdout).toBe('given')
  })

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)('outlives a process that is ended by %s', async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-runner-'))
    const marker = join(folder, 'marker')
    // It is told what becomes of its output, too.
    const command = `echo begun > ${marker}; sleep 1; echo output; echo ended >> ${marker}`
    const program = `
      const { createRunner } = await import('${new URL('./execa-runner.ts', import.meta.url)}')
      await createRunner().run('sh', ['-c', '${command}'], { uninterruptible: { warn: () => {} } })`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      cwd: new URL('../../../../', import.meta.url),
      detached: true,
    })
    try {
      const content = () => readFile(marker, 'utf8').catch(() => '')
      await waitUntil(async () => (await content()) !== '', { what: 'The begin of the command', timeoutMs: 30_000 })
      // As a terminal does: all processes of its session's foreground.
      process.kill(-(child.pid as number), signal)
      await once(child, 'exit')
      await waitUntil(async () => (await content()) === 'begun\nended\n', { what: 'Its end', timeoutMs: 10_000 })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
