import { readFile, writeFile } from 'node:fs/promises'

const readme = new URL('../README.md', import.meta.url)
const [begin, end] = ['<!-- bench: begin -->', '<!-- bench: end -->']

/** Replaces what stands between the two marks. */
export async function writeReadme(summary: string): Promise<void> {
  const text = await readFile(readme, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} before an ${end}.`)
  await writeFile(readme, `${text.slice(0, from + begin.length)}\n${summary}\n${text.slice(to)}`)
}
