import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { callerName } from './caller-name.ts'

/**
 * The lines that give this user the rights of a driver, out of its page's "Without root", which a test lives a fork's whole life with. Names
 * of volumes and folders in them are examples.
 */
export function rightsFor(driver: string, folder: string | undefined, user = callerName()): string {
  const page = `docs/drivers/${driver}.md`
  if (folder === undefined) return `See ${page}, "Without root".`
  const [, section = ''] = readFileSync(join(folder, 'drivers', `${driver}.md`), 'utf8').split(/^## Without root$/m)
  const [own = ''] = section.split(/^## /m)
  const blocks = [...own.matchAll(/^```(sh|sudoers)\n(.*?)^```$/gms)].map(([, language = '', lines = '']) =>
    [
      language === 'sudoers' ? 'With visudo -f /etc/sudoers.d/pgfork:' : 'As root:',
      ...lines.trimEnd().split('\n'),
    ].join('\n'),
  )
  const told = `The names in these lines are yours to change; ${page} says what each allows, and the options that go with them.`
  return [told, ...blocks.map((block) => asUser(block, user))].join('\n')
}

const asUser = (block: string, user: string): string =>
  block
    .replaceAll(/^postgres(?= ALL)/gm, user)
    .replaceAll('-o postgres -g postgres', `-o ${user} -g ${user}`)
    .replaceAll('-o root -g postgres', `-o root -g ${user}`)
