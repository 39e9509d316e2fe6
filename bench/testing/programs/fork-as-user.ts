/** Makes a template and forks it, as a user who may not mount: fork-as-user.ts REQUEST. Prints the time of each fork and the last one's steps. */
import process from 'node:process'
import { copy } from '@pgfork/driver-copy'
import { createTemplate } from '@pgfork/testing'
import { formatSteps } from '../../report.ts'
import { timed } from '../time.ts'

export interface UserForksRequest {
  readonly directory: string
  readonly stateDirectory: string
  readonly binDirectory: string
  readonly content: string
  readonly runs: number
}

export interface UserForks {
  readonly times: readonly number[]
  readonly steps: string
}

const { content, runs, ...place } = JSON.parse(process.argv[2] ?? '{}') as UserForksRequest
const template = await createTemplate({
  ...place,
  driver: copy(),
  key: 'bench, as user',
  setup: ({ client }) => client.query(content),
  onWarning: () => {},
})
const times: number[] = []
let steps = ''
for (let run = 0; run <= runs; run++) {
  const [milliseconds, server] = await timed(() => template.fork())
  steps = formatSteps(server.steps.filter((step) => step.milliseconds >= 0.1))
  await server.destroy()
  // The first one finds nothing in memory.
  if (run > 0) times.push(milliseconds)
}
const forks: UserForks = { times, steps }
process.stdout.write(JSON.stringify(forks))
