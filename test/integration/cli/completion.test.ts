import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../../support/wait-until.ts'
import { describeCommand } from './describe-command.ts'

await describeCommand('btrfs', (bench) => {
  let env: Record<string, string>

  beforeAll(async () => {
    const bin = join(bench.folder, 'bin')
    await mkdir(bin)
    const line = `exec '${process.execPath}' '${bench.commandPath}' "$@"`
    await writeFile(join(bin, 'pgfork'), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
    env = { ...bench.environment, PATH: `${bin}:${process.env.PATH}`, HOME: bench.folder, TERM: 'xterm' }
    const made = await bench.pgfork(['create', '--name', 'completed', '--quiet'])
    expect(made.status, made.stderr).toBe(0)
  })
  afterAll(async () => {
    await bench.pgfork(['destroy', 'completed', '-y'])
    await rm(join(bench.folder, 'bin'), { recursive: true })
  })
  const script = async (shell: string) => (await bench.pgfork(['completion', shell])).stdout
  const folder = () => dirname(bench.source.dataDirectory)

  test('bash completes commands and names, and paths where a path may stand', async () => {
    const complete = async (...words: string[]) => {
      const lines = [
        await script('bash'),
        `COMP_WORDS=(pgfork ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _pgfork`,
        `printf '%s\\n' "\${COMPREPLY[@]}"`,
      ]
      return (await execa('bash', ['-c', lines.join('\n')], { env })).stdout
    }
    expect(await complete('des')).toBe('destroy')
    expect(await complete('destroy', 'comp')).toBe('completed')
    expect(await complete('config', 's')).toBe('schedule')
    expect(await complete('create', folder())).toBe('')
  })

  test('fish completes commands, names and paths', async () => {
    const file = join(bench.folder, 'pgfork.fish')
    await writeFile(file, await script('fish'))
    const complete = async (line: string) => {
      const command = `source '${file}'; complete --do-complete '${line}'`
      return (await execa('fish', ['--no-config', '--command', command], { env })).stdout.split('\n')
    }
    expect(await complete('pgfork des')).toEqual(['destroy'])
    expect(await complete('pgfork destroy comp')).toEqual(['completed'])
    expect(await complete('pgfork snapshot prun')).toEqual(['prune'])
    const directory = bench.source.dataDirectory
    expect(await complete(`pgfork create ${directory.slice(0, -2)}`)).toEqual([`${directory}/`])
  })

  test('zsh completes at the key', async () => {
    const functions = join(bench.folder, 'zfunc')
    await mkdir(functions)
    await writeFile(join(functions, '_pgfork'), await script('zsh'))
    const shell = spawn('script', ['-qec', 'zsh -f -i', '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const closed = once(shell, 'close')
    let screen = ''
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
    const type = (text: string) => shell.stdin.write(text)
    const shows = (text: string) =>
      waitUntil(async () => screen.includes(text), { timeoutMs: 60_000, what: `${text} in ${JSON.stringify(screen)}` })
    try {
      type(`fpath=('${functions}' $fpath); autoload -Uz compinit; compinit -u -D; PS1='rea''dy> '\n`)
      await shows('ready> ')
      // What is run tells what was completed: on the screen it is drawn in parts.
      type('pgfork url comp\t\n')
      await shows('postgresql://')
      type('pgfork snapsh\tli\t--json\n')
      await shows('"snapshots":')
    } finally {
      type('\u0015exit\n')
      await closed
    }
  })
})
