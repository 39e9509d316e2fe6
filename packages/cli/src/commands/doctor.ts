import process from 'node:process'
import type { Command } from 'commander'
import { checkContainers } from '../doctor/check-containers.ts'
import { checkDrivers } from '../doctor/check-drivers.ts'
import { checkMachine } from '../doctor/check-machine.ts'
import { checkSource } from '../doctor/check-source.ts'
import type { Finding } from '../doctor/finding.ts'
import { inCommandWords } from '../output/command-words.ts'
import { exitStatus } from '../output/exit-status.ts'
import { defineCommand } from './define-command.ts'
import { driverOption } from './fork-options.ts'
import { containerOption, readCluster, volumeOption } from './read-source.ts'

export const addDoctor = (program: Command): Command =>
  defineCommand<{ readonly container?: string; readonly volume?: string }>(program, {
    usage: 'doctor [source]',
    summary: 'Tells what will work here and what to do about the rest. Changes nothing.',
    examples: ['pgfork doctor', 'pgfork doctor /var/lib/postgresql/17/main', "pgfork doctor --json | jq '.findings[]'"],
    options: [containerOption(), volumeOption().conflicts('container'), driverOption()],
    async run(context, { args: [given], options: { container, volume } }) {
      const { config, operation } = context
      const isGiven =
        (given ?? container) !== undefined || config.source !== undefined || Boolean(process.env.PGFORK_SOURCE)
      const findings = inWords([
        ...checkMachine(operation.stateDirectory),
        ...checkDrivers(config.drivers),
        ...(await checkContainers(context)),
        ...(isGiven ? await checkSource(readCluster(config.source, given, { container, volume }), context) : []),
      ])
      const isHealthy = findings.every(({ status }) => status !== 'problem')
      return {
        json: { isHealthy, findings },
        lines: findings.flatMap(describe),
        status: isHealthy ? exitStatus.done : exitStatus.unhealthy,
      }
    },
  })

/** Core speaks to programs. */
const inWords = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, message: inCommandWords(finding.message) }))

const signOf = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const

const describe = ({ check, status, message, remedy }: Finding): string[] => [
  `${signOf[status]} ${check.padEnd(21)} ${message}`,
  ...(remedy?.split('\n') ?? []).map((line, index) => `${' '.repeat(31)}${index === 0 ? '-> ' : '   '}${line}`),
]
