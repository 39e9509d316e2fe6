import type { SnapshotDriver } from '@pgfork/core'

export interface SnapshotHooks {
  /** Called before the first volume is captured. */
  before?(): Promise<unknown>
  /** Called between two volumes, which are then captured one after another. */
  between?(): Promise<unknown>
}

/** A driver that lets something happen to the source while it captures volumes: always at the worst moment. */
export function withHooks(driver: SnapshotDriver, { before, between }: SnapshotHooks): SnapshotDriver {
  return {
    ...driver,
    async snapshot(request, context) {
      await before?.()
      if (between === undefined) return driver.snapshot(request, context)
      for (const [index, one] of request.snapshots.entries()) {
        if (index > 0) await between()
        await driver.snapshot({ ...request, snapshots: [one] }, context)
      }
    },
  }
}
