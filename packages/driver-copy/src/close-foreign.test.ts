import { chown, lstat, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { closeForeign } from './close-foreign.ts'
import { createContext, postgres } from './test-fixture.ts'

const isRoot = process.geteuid?.() === 0

test.runIf(isRoot)(
  "H63: whose a copy is can't be changed by exchanging the source for a directory of root's",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgfork-test-close-'))
    try {
      const [source, target, foreign] = ['main', 'copy', 'lost+found'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ]
      for (const path of [source, target, foreign]) await mkdir(path, { mode: 0o700 })
      // What he led root to while it was copied.
      await writeFile(join(target, 'secret'), 'of root', { mode: 0o644 })
      await writeFile(join(target, 'his'), '', { mode: 0o640 })
      for (const path of [source, target, join(target, 'his')]) await chown(path, postgres.uid, postgres.gid)
      // In a parent directory of his own he may.
      await rename(source, `${source}.old`)
      await rename(foreign, source)
      await closeForeign({ source, target, sharesBlocks: false, omit: [], isLive: true }, createContext())
      const modeOf = async (name: string) => (await lstat(join(target, name))).mode & 0o777
      expect([await modeOf('secret'), await modeOf('his')]).toEqual([0o600, 0o640])
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)
