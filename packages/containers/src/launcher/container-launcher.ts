import type { LauncherFactory } from '@pgfork/core/companion'
import { findServerIn } from './find-server-in.ts'
import { runInContainer } from './run-in-container.ts'
import { startContainer } from './start-container.ts'
import { stopContainer } from './stop-container.ts'

/** Servers in containers of a Docker engine of this machine. */
export const containerLauncher: LauncherFactory = ({ runner }) => ({
  start: (request) => startContainer(request, runner),
  stop: (request) => stopContainer(request, runner),
  find: (server) => findServerIn(server, runner),
  run: (request) => runInContainer(request, runner),
})
