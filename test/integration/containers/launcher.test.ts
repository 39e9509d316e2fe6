import { inImage, launcher } from '@pgfork/containers'
import { createCluster } from '../../support/cluster/index.ts'
import { launcherSuite } from '../../support/launchers/index.ts'
import { runner } from '../../support/system/runner.ts'
import { describeEngine } from './container-workbench.ts'

await describeEngine('servers in containers, started and stopped', {}, (bench) => {
  launcherSuite(async () => {
    await using cluster = await createCluster({ directory: await bench.storage.createSubvolume('probe') })
    const source = inImage(bench.engine.image, { dataDirectory: cluster.dataDirectory })
    const { elsewhere } = await source.locate({ runner, sourceBounds: { timeoutMs: 60_000 } })
    return { launcher: launcher({ runner }), place: elsewhere?.place, binDirectory: () => '' }
  })
})
