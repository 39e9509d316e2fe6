import { type DriverContext, type Mount, mountsBelow, PgforkError } from '@pgfork/core/driver'
import { listNestedSubvolumes } from './nested-subvolumes.ts'
import type { Settings } from './options.ts'
import type { Subvolume } from './subvolume.ts'

/**
 * H3: a snapshot has empty directories where other subvolumes or mounts begin. Only what lies below `path` matters.
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export async function checkLayout(
  subvolume: Subvolume,
  mounts: readonly Mount[],
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const { path } = subvolume
  const mounted = mountsBelow(path, mounts).map(({ mountPoint }) => mountPoint)
  const nested = await listNestedSubvolumes(subvolume, settings, context)
  const subvolumes = nested.filter((found) => !mounted.includes(found))
  if (mounted.length + subvolumes.length === 0) return
  const findings = [
    ...subvolumes.map((found) => `${found} (a subvolume of its own)`),
    ...mounted.map((found) => `${found} (a mount)`),
  ]
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `A snapshot of ${subvolume.root} would not contain ${findings.join(', ')}. ` +
      'Turn them into ordinary directories, or move them out and put symbolic links in their place (as for pg_wal and tablespaces), ' +
      'or use the copy driver.',
    { hazard: 'H3', facts: { path, subvolumes, mounts: mounted } },
  )
}
