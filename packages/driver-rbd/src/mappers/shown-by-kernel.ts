import type { ShownImage } from './mapper.ts'

/**
 * What a device of the kernel's own client shows, by the attributes in its folder of sysfs (`Documentation/ABI/testing/sysfs-bus-rbd`).
 *
 * @param attribute the text of one; empty where it can't be read
 */
export function shownByKernel(attribute: (name: string) => string): ShownImage {
  const [pool = '', namespace = '', image = '', imageId, cluster, snapshot] = (
    ['pool', 'pool_ns', 'name', 'image_id', 'cluster_fsid', 'current_snap'] as const
  ).map((name) => attribute(name).trim())
  return {
    place: { pool, namespace, image },
    ...(imageId ? { imageId } : {}),
    ...(cluster ? { cluster } : {}),
    ...(snapshot && !isHead(snapshot) ? { snapshot } : {}),
  }
}

/** What mappers have in a snapshot's place, where it is the image itself that is mapped. */
export const isHead = (snapshot: string): boolean => snapshot === '' || snapshot === '-'
