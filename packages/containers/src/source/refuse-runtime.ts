import type { LocalEngine } from '../engine/check-engine.ts'
import { type InspectedContainer, nameOf } from '../engine/inspect-container.ts'
import { refused } from '../errors.ts'

/** Those that shut a container off by nothing but what the kernel has, as forks are. */
const usual = /^(?:|runc|crun|youki|nvidia[a-z-]*|io\.containerd\.runc\.v\d)$/

/**
 * What a sandbox such as gVisor or Kata keeps away from the machine's kernel would reach it by way of a fork.
 *
 * @throws PgforkError `CONTAINER_REFUSED`
 */
export function refuseRuntime(container: InspectedContainer, { defaultRuntime }: LocalEngine): void {
  const { Runtime: runtime = '' } = container.HostConfig
  if (runtime === defaultRuntime || usual.test(runtime)) return
  throw refused(
    `The container ${nameOf(container)} runs in the runtime ${runtime}, and a fork of it would not. Where you trust what runs in it, fork its data ` +
      'directory by inImage() (of @pgfork/containers), into its image.',
    { container: nameOf(container), runtime },
    'H88',
  )
}
