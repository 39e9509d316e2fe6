import { createRunner, type Fork } from '@pgfork/core'
import { localLauncher } from '../../../packages/core/src/postgres/server/local-launcher.ts'
import { testedVersion } from '../../support/cluster/versions.ts'

/** Starts a server on a fork's data directory as a process of this machine, whatever its record says. */
export const startLocally = ({ dataDirectory, socketDirectory, logFile }: Fork) =>
  localLauncher(createRunner()).start({
    server: { dataDirectory, socketDirectory },
    binDirectory: `/usr/lib/postgresql/${testedVersion()}/bin`,
    owner: { uid: 999, gid: 999 },
    logFile,
    outsideDirectory: socketDirectory,
    diesWithCaller: true,
    promotes: false,
    timeoutMs: 60_000,
  })
