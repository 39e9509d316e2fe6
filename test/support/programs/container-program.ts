import process from 'node:process'
import { setInterval } from 'node:timers'
import { container } from '@pgfork/containers'
import { createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a program of its own: forks the server of a container, tells of the fork by a line, and goes on until it is killed.
export interface ContainerProgramData {
  readonly source: string
  /** Default: the container's. */
  readonly image?: string
  readonly name: string
  readonly stateDirectory: string
}

const { source, image, name, stateDirectory } = JSON.parse(process.argv[2] ?? '') as ContainerProgramData
const fork = await createFork({
  source: container(source, image === undefined ? {} : { image }),
  driver: btrfs(),
  name,
  stateDirectory,
})
process.stdout.write(`${JSON.stringify({ pid: fork.pid, dataDirectory: fork.dataDirectory })}\n`)
setInterval(() => {}, 60_000)
