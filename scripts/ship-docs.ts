import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { findAddress } from './address.ts'
import { workspaceRoot } from './public-packages.ts'

const docs = join(workspaceRoot, 'docs')

/** Puts the pages into a package's folder. Links out of docs/ lead to the repository's page; as long as none is known they are plain text. */
export async function copyDocs(target: string): Promise<void> {
  const folder = join(target, 'docs')
  await rm(folder, { recursive: true, force: true })
  for (const path of await listPages()) {
    const to = join(folder, path)
    await mkdir(dirname(to), { recursive: true })
    if (!path.endsWith('.md')) await cp(join(docs, path), to)
    else await writeFile(to, leadOutwards(await readFile(join(docs, path), 'utf8'), path))
  }
}

/** Without what is made of the sources: editors show the same of the types. */
async function listPages(): Promise<string[]> {
  const files = await readdir(docs, { recursive: true })
  return files.filter((path) => /\.(?:md|svg)$/.test(path) && !path.startsWith('api/'))
}

function leadOutwards(text: string, page: string): string {
  const address = findAddress()
  return text.replaceAll(
    /\[([^\]]*)\]\((\.\.[^)#\s]*)(#[^)\s]*)?\)/g,
    (link, words: string, href: string, anchor = '') => {
      const path = relative(workspaceRoot, join(docs, dirname(page), href))
      if (path.startsWith('docs/')) return link
      return address === undefined ? words : `[${words}](${address.repository}/blob/main/${path}${anchor})`
    },
  )
}
