import { describe } from 'vitest'
import { localLauncher } from '../../../packages/core/src/postgres/server/local-launcher.ts'
import { launcherSuite } from '../../support/launchers/index.ts'
import { runner } from '../../support/system/runner.ts'

describe('servers as processes of this machine', () => {
  launcherSuite(async () => ({ launcher: localLauncher(runner), binDirectory: (cluster) => cluster.binDirectory }))
})
