import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DriverContext, type Mount, PgforkError } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import type { Settings, WarnedSettings } from './options.ts'

/** Keeps udev from leading names of file systems to clones. */
const rule = fileURLToPath(new URL('../udev/12-pgfork.rules', import.meta.url))
const ruleFolders = ['/etc/udev/rules.d', '/run/udev/rules.d', '/usr/local/lib/udev/rules.d', '/usr/lib/udev/rules.d']
const advice = `Install the driver's udev rule: cp ${rule} /etc/udev/rules.d/ && udevadm control --reload`

const hasRule = async (): Promise<boolean> => {
  const found = await Promise.all(ruleFolders.map((folder) => exists(join(folder, '12-pgfork.rules'))))
  return found.includes(true)
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * H75: refuses a source that `/etc/fstab` mounts by UUID or label when its clones share those: a mount of the source, while a
 * fork is active, might be one of the fork.
 *
 * @throws PgforkError `SETTING_REFUSED`
 */
export async function refuseNamedByUuid(
  { mountPoint }: Mount,
  device: string,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const names = await namesInFstab()
  if (names.length === 0 || (await hasRule())) return
  const text = await runCommand('lsblk', ['--json', '--output', 'uuid,label', device], settings, context)
  const [found] = (JSON.parse(text) as { blockdevices: { uuid: string | null; label: string | null }[] }).blockdevices
  const name = names.find(({ kind, value }) => value === found?.[kind])
  if (name === undefined) return
  throw new PgforkError(
    'SETTING_REFUSED',
    `/etc/fstab mounts ${mountPoint} by ${name.kind.toUpperCase()}=${name.value}, which the volume of an active fork has as well: the fork might be ` +
      `mounted in its place. Write ${device} there instead, or keep forks out of /dev/disk. ${advice}`,
    { hazard: 'H75', facts: { mountPoint, device, [name.kind]: name.value } },
  )
}

interface FileSystemName {
  readonly kind: 'uuid' | 'label'
  readonly value: string
}

/** The file systems that fstab(5) names by UUID or label. */
async function namesInFstab(): Promise<FileSystemName[]> {
  const text = await readFile('/etc/fstab', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [, kind, quoted = ''] = /^\s*(?:(?:\/dev\/disk\/by-)?(uuid|label)[=/])("[^"]*"|\S+)/i.exec(line) ?? []
    if (kind === undefined) return []
    return [{ kind: kind.toLowerCase() as FileSystemName['kind'], value: decode(quoted.replaceAll('"', '')) }]
  })
}

/** Blanks are written as \040 in fstab, and as \x20 in names of links. */
const decode = (text: string): string =>
  text.replace(/\\(?:x([0-9a-f]{2})|([0-7]{3}))/gi, (_, hex?: string, octal?: string) =>
    String.fromCharCode(hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16)),
  )

/** H75: says once where udev leads names of the source's file system to a clone. */
export async function warnOfTakenNames(
  device: string,
  root: string,
  { warned }: Pick<WarnedSettings, 'warned'>,
  context: DriverContext,
): Promise<void> {
  if (warned.has(advice)) return
  const [real, links] = await Promise.all([realpath(device), listLinks()])
  const taken = links.filter(({ target }) => target === real).map(({ link }) => link)
  if (taken.length === 0) return
  warned.add(advice)
  context.warn(
    `${taken.join(' and ')} lead to a fork of ${root} as long as it is active, not to the source: don't mount by these (H75). ${advice}`,
  )
}

async function listLinks(): Promise<{ readonly link: string; readonly target: string }[]> {
  const folders = ['/dev/disk/by-uuid', '/dev/disk/by-label']
  const links = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch((): string[] => [])).map((name) => join(folder, name))),
  )
  return Promise.all(links.flat().map(async (link) => ({ link, target: await realpath(link).catch(() => '') })))
}
