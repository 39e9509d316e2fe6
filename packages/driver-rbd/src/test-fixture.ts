import { join } from 'node:path'
import process from 'node:process'
import type { SnapshotDriver } from '@pgfork/core/driver'
import type { Ceph, Mapper } from '../../../test/support/ceph/index.ts'
import { type RbdOptions, rbd } from './index.ts'

const variable = 'PGFORK_TEST_CEPH'

/** Has every driver that this process, and those that it starts, makes by `ofTest` use a cluster, with a key that may as little as the documentation says. */
export async function useCeph(ceph: Ceph): Promise<void> {
  process.env[variable] = JSON.stringify({ conf: ceph.conf, user: await ceph.user('forks'), folder: ceph.folder })
}

/** The driver in the tests' cluster. Kernels on which tests run may have no module for RBD. */
export const ofTest = (options: RbdOptions = {}): SnapshotDriver => mappedBy('qemu', options)

export const ofKernel = (options: RbdOptions = {}): SnapshotDriver => mappedBy('kernel', options)

export const ofNbd = (options: RbdOptions = {}): SnapshotDriver => mappedBy('nbd', options)

function mappedBy(mapper: Mapper, options: RbdOptions): SnapshotDriver {
  const { conf, user, folder } = JSON.parse(process.env[variable] ?? '{}') as Record<string, string>
  const place = folder === undefined ? {} : { directory: join(folder, 'clones') }
  return rbd({
    ...place,
    ...(conf === undefined ? {} : { conf }),
    ...(user === undefined ? {} : { user }),
    ...{ mapper, host: 'test-host' },
    ...options,
  })
}
