import { loadLauncher } from './load-launcher.ts'
import { localLauncher } from './local-launcher.ts'
import type { LauncherFactory, OwnedServer, ServerLauncher } from './server-launcher.ts'

/** Every server goes to the launcher of its place: the one that its record names. */
export const placeLauncher: LauncherFactory = (context) => {
  const local = localLauncher(context.runner)
  const launcherOf = async ({ place }: OwnedServer): Promise<ServerLauncher> =>
    place === undefined ? local : (await loadLauncher(place.kind))(context)
  return {
    start: async (request) => (await launcherOf(request.server)).start(request),
    stop: async (request) => (await launcherOf(request.server)).stop(request),
    find: async (server) => (await launcherOf(server)).find(server),
    run: async (request) => (await launcherOf(request.server)).run(request),
  }
}
