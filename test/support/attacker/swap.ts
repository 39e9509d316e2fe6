import { fileURLToPath } from 'node:url'
import type { UserIdentity } from '@pgfork/core'
import { startAs } from './start-as.ts'

const program = fileURLToPath(new URL('swap.pl', import.meta.url))

/** Somebody who exchanges two paths all the time, such as a directory and a link to where he may not write. */
export interface Swapper extends AsyncDisposable {
  /** Ends it. @returns how often he did */
  stop(): Promise<number>
}

export async function startSwapping(user: UserIdentity, one: string, other: string): Promise<Swapper> {
  const attacker = await startAs(user, ['perl', program, one, other])
  const stop = async (): Promise<number> => {
    attacker.kill('SIGTERM')
    await attacker.ended
    return Number(attacker.lines()[1])
  }
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) }
}
