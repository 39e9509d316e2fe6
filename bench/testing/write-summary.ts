import { readFile, writeFile } from 'node:fs/promises'

const readme = new URL('../../packages/testing/README.md', import.meta.url)
const [begin, end] = ['<!-- bench-testing: begin -->', '<!-- bench-testing: end -->']

/** Replaces what stands between the two marks. */
export async function writeSummary(summary: string): Promise<void> {
  const text = await readFile(readme, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`packages/testing/README.md has no ${begin} before an ${end}.`)
  await writeFile(readme, `${text.slice(0, from + begin.length)}\n${summary}\n${text.slice(to)}`)
}
