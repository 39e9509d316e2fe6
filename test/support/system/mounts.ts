import { readFile } from 'node:fs/promises'

export interface Mount {
  readonly mountPoint: string
  readonly fileSystem: string
  /** The device, as `/dev/loop3`. */
  readonly source: string
}

export async function listMounts(): Promise<Mount[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before, after] = line.split(' - ')
      const [fileSystem, source] = (after ?? '').split(' ')
      return {
        mountPoint: unescapeOctal(before?.split(' ')[4] ?? ''),
        fileSystem: fileSystem ?? '',
        source: unescapeOctal(source ?? ''),
      }
    })
}

/** The kernel writes blanks and backslashes in paths as \040 and the like. */
const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
