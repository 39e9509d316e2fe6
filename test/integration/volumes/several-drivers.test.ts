import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { describeVolumes } from './describe-volumes.ts'

await describeVolumes({
  title: 'H1, H2, H4: data on Btrfs, WAL on ext4, tablespaces on Btrfs, XFS and ext4, of two drivers',
  filesystems: ['btrfs', 'xfs', 'ext4'],
  data: 0,
  wal: 2,
  tablespaces: [0, 1, 2],
  drivers: () => [btrfs(), copy()],
})

await describeVolumes({
  title: 'H1, H2, H4: data on ext4, WAL and a tablespace on Btrfs, all copied',
  filesystems: ['ext4', 'btrfs'],
  data: 0,
  wal: 1,
  tablespaces: [1],
  drivers: copy,
})
