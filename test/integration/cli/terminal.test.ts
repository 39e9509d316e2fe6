import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  /** In a terminal of its own, whose size nobody has set: script(1). */
  const onTerminal = async (words: string, input = '') => {
    const line = `'${process.execPath}' '${bench.commandPath}' ${words}`
    const env = { ...bench.environment, TERM: 'xterm', FORCE_COLOR: '3' }
    const { exitCode, stdout } = await execa('script', ['-qec', line, '/dev/null'], { env, input, reject: false })
    return { status: exitCode, screen: stdout.replaceAll('\r\n', '\n') }
  }

  test('on a terminal the step under way is shown, and replaced by its time', async () => {
    const { status, screen } = await onTerminal('create --name shown')
    expect(status, screen).toBe(0)
    const replaced = '\r\u001b[K'
    expect(screen.startsWith(`inspect ..${replaced}inspect `)).toBe(true)
    expect(screen).toContain(`\nplan ..${replaced}plan `)
    expect(screen.length).toBeLessThan(4000)
    // No colour, so that NO_COLOR has nothing to change.
    expect(screen.replaceAll(replaced, '')).not.toContain('\u001b')
    expect(screen).toContain('\nMade shown in ')
  })

  test.each([
    ['Ctrl-C', '\u0003', 130],
    ['Ctrl-D', '\u0004', 1],
  ])('%s at a question is no answer, and no failure', async (_, key, expected) => {
    expect(await bench.pgfork(['create', '--name', 'asked'])).toMatchObject({ status: 0 })
    const line = `'${process.execPath}' '${bench.commandPath}' destroy asked`
    const asking = execa('script', ['-qec', line, '/dev/null'], { env: bench.environment, reject: false })
    let screen = ''
    asking.stdout.on('data', (text) => {
      const isAsked = screen.includes('[y/N]')
      screen += text
      if (!isAsked && screen.includes('[y/N]')) asking.stdin.write(key)
    })
    expect(await asking).toMatchObject({ exitCode: expected })
    expect((await bench.pgfork(['list', '--prometheus'])).stdout).not.toMatch(/last_failure.*destroy/)
    expect(await bench.pgfork(['destroy', 'asked', '--yes'])).toMatchObject({ status: 0 })
  })

  test('a fork is made although nobody reads its steps any more', async () => {
    const words = [bench.commandPath, 'create', '--name', 'unread']
    const making = execa(process.execPath, words, { env: bench.environment, reject: false })
    making.stderr.destroy()
    expect(await making).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^Made unread in /) })
    expect(await bench.pgfork(['destroy', 'unread', '--yes'])).toMatchObject({ status: 0 })
  })

  test('a command runs to its end, and its fork goes, although nobody reads what is said', async () => {
    const done = join(bench.folder, 'done')
    const words = [bench.commandPath, 'run', '--', 'sh', '-c', `sleep 1; touch '${done}'; exit 7`]
    const running = execa(process.execPath, words, { env: bench.environment, reject: false })
    running.stderr.destroy()
    running.stdout.destroy()
    expect(await running).toMatchObject({ exitCode: 7 })
    expect(existsSync(done)).toBe(true)
    const { forks } = (await bench.pgfork(['list', '--json'])).json<{ forks: { lifetime: string }[] }>()
    expect(forks.filter(({ lifetime }) => lifetime === 'process')).toEqual([])
  })

  test('a result that can not be written is a failure, told without a stack', async () => {
    const words = ['-c', `'${process.execPath}' '${bench.commandPath}' list --json > /dev/full`]
    const { exitCode, stderr } = await execa('sh', words, { env: bench.environment, reject: false })
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(/^pgfork: Standard output can't be written: ENOSPC[^\n]*$/),
    })
  })

  test('destroy asks, and does what is answered', async () => {
    const no = await onTerminal('destroy shown', 'n\n')
    expect(no.screen).toContain('Destroy shown with all changes? [y/N]')
    expect(no).toMatchObject({ status: 1, screen: expect.stringContaining('Nothing was done.') })
    const yes = await onTerminal('destroy shown', 'y\n')
    expect(yes).toMatchObject({ status: 0, screen: expect.stringContaining('Destroyed shown.') })
  })
})
