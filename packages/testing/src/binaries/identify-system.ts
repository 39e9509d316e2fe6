import { readdir, realpath, stat } from 'node:fs/promises'
import { release } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Where distributions of Linux have the libraries that servers load. */
const libraryFolders = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib']

/** The C library (glibc, musl) and ICU: whose locales sort texts. */
const sortsTexts = /^(?:libc\.so\.6|ld-musl-.+|libicu(?:data|i18n|uc)\.so\..+)$/

/** By which initdb chooses the time zone of a cluster. */
const timeZoneFile = '/etc/localtime'

/**
 * What a cluster depends on besides its binaries: where another library sorts texts, indexes that were made before lead past their rows
 * (H109, H129).
 *
 * @param folders of the libraries
 */
export async function identifySystem(
  folders: readonly string[] = libraryFolders,
  timeZone = timeZoneFile,
): Promise<string[]> {
  if (process.platform !== 'linux') return [release(), await identify(timeZone)]
  const found = await Promise.all((await realFolders(folders)).map(librariesIn))
  return (await Promise.all([...found.flat(), timeZone].map(identify))).sort()
}

/** Each once, with those of Debian for each architecture. */
async function realFolders(folders: readonly string[]): Promise<string[]> {
  const all = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => [])
      return [folder, ...names.filter((name) => name.includes('-linux-')).map((name) => join(folder, name))]
    }),
  )
  const real = await Promise.all(all.flat().map((folder) => realpath(folder).catch(() => [])))
  return [...new Set(real.flat())]
}

async function librariesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => sortsTexts.test(name)).map((name) => join(folder, name))
}

async function identify(path: string): Promise<string> {
  try {
    const real = await realpath(path)
    const { size, mtimeMs } = await stat(real)
    return `${real} ${size} ${mtimeMs}`
  } catch {
    return `${path} is missing`
  }
}
