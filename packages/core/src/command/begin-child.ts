import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'

/**
 * Begins a command by execa (9.6). Where a process has no descriptors left, Node makes a child without streams: execa fails at them before it
 * listens to the child, whose own error would then end this process.
 *
 * @returns what `begin` returned, which isn't waited for
 * @throws Error what Node says of the start
 */
export async function beginChild<Running>(begin: () => Running): Promise<{ readonly running: Running }> {
  const failures: Error[] = []
  const listen = (message: unknown): void => {
    ;(message as { readonly process: ChildProcess }).process.once('error', (error) => failures.push(error))
  }
  subscribe('child_process', listen)
  try {
    return { running: begin() }
  } catch (error) {
    unsubscribe('child_process', listen)
    await setImmediate()
    throw failures[0] ?? error
  } finally {
    unsubscribe('child_process', listen)
  }
}
