import { btrfs } from '@pgfork/driver-btrfs'
import { byExtent } from '../../support/extent.ts'
import { describeVolumes } from './describe-volumes.ts'

await describeVolumes({
  title: 'H1, H2, H4: data, WAL and tablespaces on subvolumes of one Btrfs',
  filesystems: ['btrfs'],
  data: 0,
  wal: 0,
  tablespaces: [0, 0],
  drivers: btrfs,
})

if (byExtent(false, true))
  await describeVolumes({
    title: 'H1, H2, H4: data, WAL and a tablespace on three Btrfs file systems',
    filesystems: ['btrfs', 'btrfs', 'btrfs'],
    data: 0,
    wal: 1,
    tablespaces: [2, 0],
    drivers: btrfs,
  })
