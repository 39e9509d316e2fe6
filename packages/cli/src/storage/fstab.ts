import { readFileSync } from 'node:fs'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkPlace } from '@pgfork/core/companion'

const advice = 'Or leave the line out (no --fstab), and write it yourself.'

/** Adds a line, unless it is there. @throws PgforkError `PERMISSION_DENIED` */
export async function addLine(file: string, line: string): Promise<void> {
  const text = readFileSync(file, 'utf8')
  if (text.split('\n').includes(line)) return
  await replace(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`)
}

/** Removes exactly this line, as often as it is there; others stay as they are. */
export async function removeLine(file: string, line: string): Promise<void> {
  const text = readFileSync(file, 'utf8')
  const kept = text.split('\n').filter((other) => other !== line)
  if (kept.join('\n') !== text) await replace(file, kept.join('\n'))
}

/** As a whole: a machine whose power is cut meanwhile boots by the old file or the new one. */
async function replace(file: string, text: string): Promise<void> {
  checkPlace(dirname(file), advice)
  const { mode } = await stat(file)
  const fresh = `${file}.pgfork`
  try {
    await writeFile(fresh, text, { mode, flush: true, flag: 'wx' })
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}
