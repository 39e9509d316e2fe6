import type { OwnedServer, ServerLauncher } from './server-launcher.ts'

/** Whether a server of ours runs; undefined if that can't be known from here. */
export async function isRunning(launcher: ServerLauncher, server: OwnedServer): Promise<boolean | undefined> {
  const found = await launcher.find(server).catch(() => undefined)
  return found === undefined || found.status === 'hidden' ? undefined : found.status === 'running'
}
