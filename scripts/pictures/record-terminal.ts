import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { createCluster } from '../../test/support/cluster/index.ts'
import { installCommand } from '../../test/support/command/index.ts'
import { createBtrfs } from '../../test/support/storage/index.ts'
import { makeWorkFolder } from '../../test/support/system/make-work-folder.ts'
import { waitUntil } from '../../test/support/wait-until.ts'

const session = [
  'pgfork create /srv/pg/main --name try --database shop --quiet',
  `pgfork psql try -c 'DELETE FROM orders'`,
  'pgfork list',
  'pgfork create --fork try --name again --quiet',
  'pgfork tree',
  'pgfork destroy try again --yes',
]

const columns = 80
const isInNamespace = process.env.PGFORK_PICTURES === 'in a namespace'

/**
 * What a terminal shows while the command is at work, on a real server on Btrfs. As root on Linux, with tmux. All of it is in a mount namespace
 * of its own, in which the source lies at /srv/pg/main.
 */
export async function recordTerminal(): Promise<string> {
  if (!isInNamespace) return startInNamespace()
  await using storage = await createBtrfs()
  await execa('mount', ['-t', 'tmpfs', 'tmpfs', '/srv'])
  await mkdir('/srv/pg')
  await storage.createSubvolume('main')
  await execa('mount', ['--bind', storage.path, '/srv/pg'])
  try {
    return await recordIn('/srv/pg')
  } finally {
    await execa('umount', ['/srv/pg'])
  }
}

/** Again, where no mount is seen outside. */
async function startInNamespace(): Promise<string> {
  const words = ['--mount', '--propagation', 'private', process.execPath, '--import', 'tsx', import.meta.filename]
  const env = { PGFORK_PICTURES: 'in a namespace' }
  const { stdout } = await execa('unshare', words, { env, stderr: 'inherit' })
  return `${stdout}\n`
}

async function recordIn(place: string): Promise<string> {
  await using source = await createCluster({ directory: join(place, 'main') })
  await source.query('CREATE DATABASE shop')
  const client = await source.client('shop')
  await client.query('CREATE TABLE orders AS SELECT id FROM generate_series(1, 100000) id')
  await client.end()
  await using command = await installCommand()
  const folder = await makeWorkFolder('terminal')
  const socket = join(folder, 'tmux')
  const tmux = (...words: string[]) => execa('tmux', ['-f', '/dev/null', '-S', socket, ...words])
  try {
    await mkdir(join(place, 'state'), { mode: 0o700 })
    await writeFile(join(folder, 'pgfork'), `#!/bin/sh\nexec '${process.execPath}' '${command.path}' "$@"\n`, {
      mode: 0o755,
    })
    const environment = {
      ...{ PS1: '$ ', HOME: folder, PGFORK_STATE_DIRECTORY: join(place, 'state') },
      PATH: `${folder}:${source.binDirectory}:${process.env.PATH}`,
    }
    const words = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    await tmux('new-session', '-d', '-x', '200', '-y', '60', 'env', ...words, 'sh')
    for (const line of session) {
      await prompt(tmux)
      await tmux('send-keys', '-l', line)
      await tmux('send-keys', 'Enter')
    }
    const shown = await prompt(tmux)
    return `${shown.slice(0, -1).map(shorten).join('\n')}\n`
  } finally {
    await tmux('kill-server').catch(() => undefined)
    await rm(folder, { recursive: true })
  }
}

/** The lines of the screen, when a new prompt is the last of them. */
async function prompt(tmux: (...words: string[]) => Promise<{ stdout: string }>): Promise<string[]> {
  let lines: string[] = []
  await waitUntil(
    async () => {
      const { stdout } = await tmux('capture-pane', '-p')
      lines = stdout.trimEnd().split('\n')
      return lines.at(-1)?.trimEnd() === '$'
    },
    { timeoutMs: 60_000, what: () => `prompt:\n${lines.join('\n')}` },
  )
  return lines
}

const shorten = (line: string): string => (line.length > columns ? `${line.slice(0, columns - 2)}..` : line.trimEnd())

if (isInNamespace) console.log((await recordTerminal()).trimEnd())
