import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeWorkFolder } from '../../../../test/support/system/make-work-folder.ts'
import { Directory } from './directory.ts'
import { walkTree } from './walk-tree.ts'

test('all directories are walked, parents first; links are told and not followed', async () => {
  const work = await makeWorkFolder('walk')
  try {
    mkdirSync(join(work, 'a', 'deep', 'er'), { recursive: true })
    mkdirSync(join(work, 'b'))
    writeFileSync(join(work, 'b', 'file'), '')
    symlinkSync('..', join(work, 'b', 'link'))
    using root = Directory.open(work)
    const seen: Record<string, string[]> = {}
    for await (const { path, directory, entries } of walkTree(root)) {
      expect(directory.path).toBe(join(work, path))
      seen[path] = entries.map((entry) => `${entry.name}${entry.isSymbolicLink() ? '@' : ''}`).sort()
    }
    expect(seen).toEqual({ '': ['a', 'b'], a: ['deep'], 'a/deep': ['er'], 'a/deep/er': [], b: ['file', 'link@'] })
    const above: string[] = []
    for await (const { path } of walkTree(root, (path, depth) => path !== 'b' && depth < 2)) above.push(path)
    expect(above).toEqual(['', 'a'])
  } finally {
    rmSync(work, { recursive: true })
  }
})
