import { writeFile } from 'node:fs/promises'
import process from 'node:process'
import { drawPictures } from './pictures.ts'
import { recordTerminal } from './record-terminal.ts'

const root = new URL('../../', import.meta.url)

if (process.argv.includes('--record'))
  await writeFile(new URL('docs/pictures/terminal.txt', root), await recordTerminal())
for (const [path, text] of Object.entries(await drawPictures())) {
  await writeFile(new URL(path, root), text)
  console.log(path)
}
