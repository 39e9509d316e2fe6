import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { UserIdentity } from '@pgfork/core'

const program = fileURLToPath(new URL('swap.pl', import.meta.url))

/** Somebody who exchanges two paths all the time, such as a directory and a link to where he may not write. */
export interface Swapper extends AsyncDisposable {
  /** Ends it. @returns how often he did */
  stop(): Promise<number>
}

export async function startSwapping(user: UserIdentity, one: string, other: string): Promise<Swapper> {
  const privileges = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--pdeathsig=KILL', '--']
  const attacker = spawn('setpriv', [...privileges, 'perl', program, one, other], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  attacker.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(attacker, 'close')
  await Promise.race([once(attacker.stdout, 'data'), ended])
  const stop = async (): Promise<number> => {
    attacker.kill('SIGTERM')
    await ended
    return Number(output.split('\n')[1])
  }
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}
