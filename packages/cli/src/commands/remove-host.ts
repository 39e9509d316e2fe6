import { type HostRemnant, removeHost } from '@pgfork/driver-rbd'
import { type Command, Option } from 'commander'
import { ask } from '../context/ask.ts'
import type { Report } from '../output/report.ts'
import { defineCommand } from './define-command.ts'
import { nothingDone } from './each-name.ts'
import { collect } from './fork-options.ts'
import { readVolume } from './read-source.ts'

interface RemoveHostFlags {
  readonly volume: readonly string[]
  readonly dryRun?: boolean
}

export const addRemoveHost = (program: Command): Command =>
  defineCommand<RemoveHostFlags>(program, {
    usage: 'remove-host <host>',
    changes: true,
    summary:
      'Removes what another host that is dead for good has left in storage that several hosts reach. Refuses while any of it is open.',
    examples: [
      'pgfork remove-host db-b.3f2a --volume rbd:rbd/db-a --dry-run',
      'pgfork remove-host db-b.3f2a --volume rbd:rbd/db-a --volume rbd:rbd/db-b --yes',
    ],
    options: [
      new Option('--volume <volume>', 'of which it had forks, as rbd:pool/image; can be repeated')
        .argParser(collect)
        .makeOptionMandatory(),
      new Option('--dry-run', 'only says what it would remove'),
    ],
    asks: true,
    async run({ config, operation, interruption, isSure, warnings }, { args: [host = ''], options }) {
      const { signal, onWarning = () => {} } = operation
      const given = {
        ...config.drivers?.rbd,
        ...{ volumes: options.volume.map(readVolume), onWarning },
        ...(signal === undefined ? {} : { signal }),
      }
      const report = (remnants: readonly HostRemnant[], isRemoved: boolean): Report => ({
        json: { host, remnants, isRemoved, warnings },
        lines:
          remnants.length === 0
            ? [`There is nothing of ${host}.`]
            : remnants.map(({ kind, name }) => `${kind} ${name}: ${isRemoved ? 'removed' : 'would be removed'}`),
      })
      const found = await removeHost(host, { ...given, dryRun: true })
      if (options.dryRun) return report(found, false)
      const question = `Remove ${countKinds(found)} of ${host}, which must be dead for good?`
      if (!(await ask(question, isSure, interruption.signal))) return nothingDone
      return report(await removeHost(host, given), true)
    },
  })

const countKinds = (remnants: readonly HostRemnant[]): string => {
  const count = (kind: HostRemnant['kind'], noun: string): string => {
    const number = remnants.filter((one) => one.kind === kind).length
    return `${number} ${noun}${number === 1 ? '' : 's'}`
  }
  return `${count('clone', 'fork')} and ${count('snapshot', 'snapshot')}`
}
