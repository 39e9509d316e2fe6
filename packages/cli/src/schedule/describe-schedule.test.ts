import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { describeCronLine, describeUnits, systemdPath } from './describe-schedule.ts'

const calendar = { systemd: '*-*-* 0/1:00:00', cron: '0 */1 * * *' }
const schedule = (...words: string[]) => ({ commands: [words], calendar, user: 'ada' })
const odd = ['/srv/a b', '100%', "it's", '$HOME', '"q"', 'a\\b', ';', '`id`', '*']

test('cron gets back what it has to run', () => {
  const line = describeCronLine(schedule('printf', '%s\\n', ...odd))
  const command = line.replace(`${calendar.cron} `, '').replaceAll('\\%', '%')
  expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`${odd.join('\n')}\n`)
})

test('systemd quotes what means something to it', () => {
  const { 'x.service': service } = describeUnits('x', schedule('/bin/run', ...odd))
  const words = [
    '"/srv/a b"',
    '100%%',
    `"it's"`,
    '$$HOME',
    String.raw`"\"q\""`,
    String.raw`"a\\b"`,
    '";"',
    '"`id`"',
    '"*"',
  ]
  expect(service).toContain(`ExecStart=/bin/run ${words.join(' ')}`)
})

test.each(['/srv/50\\%', '/srv/a\\\\b'])('%s is refused, since crons read it differently', (word) => {
  expect(() => describeCronLine(schedule('/bin/run', word))).toThrow('no crontab can hold')
})

test('a word with a line of its own is refused', () => {
  for (const describe of [describeCronLine, (one: Parameters<typeof describeCronLine>[0]) => describeUnits('x', one)])
    expect(() => describe(schedule('/bin/run', 'a\nExecStart=/bin/evil'))).toThrow('no schedule can hold')
})

test('in a path that a unit requires, $ is a letter like others', () => {
  expect(systemdPath('/srv/$HOME/100%')).toBe('/srv/$HOME/100%%')
  expect(systemdPath('/srv/a b')).toBe('"/srv/a b"')
})
