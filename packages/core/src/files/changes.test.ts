import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isRoot, nobody, startSwapping } from '../../../../test/support/attacker/index.ts'
import { makeWorkFolder } from '../../../../test/support/system/make-work-folder.ts'
import { runner } from '../../../../test/support/system/runner.ts'
import { copyInto, copyOutOf } from './copy-file.ts'
import { createFile } from './create-file.ts'
import { Directory } from './directory.ts'
import { closeTree, handOverTree } from './hand-over-tree.ts'
import { makeDirectory } from './make-directory.ts'
import { makeLink } from './make-link.ts'
import { removeTree } from './remove-tree.ts'
import { replaceFile, replaceFileAt } from './replace-file.ts'

const owner = isRoot ? nobody : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }

let work: string
let tree: string
beforeEach(async () => {
  work = await makeWorkFolder('changes')
  tree = join(work, 'tree')
  mkdirSync(tree, { mode: 0o700 })
  chownSync(tree, owner.uid, owner.gid)
})
afterEach(() => rmSync(work, { recursive: true }))

const describeEntry = (path: string) => {
  const found = lstatSync(path)
  return { uid: found.uid, gid: found.gid, mode: (found.mode & 0o777).toString(8) }
}
const hisOwn = (mode: string) => ({ ...owner, mode })

test("what is made is the owner's, and private", async () => {
  const from = join(work, 'from')
  writeFileSync(from, 'copied', { mode: 0o644 })
  using directory = Directory.open(tree)
  createFile(directory, 'created', 'content', owner)
  replaceFile(directory, 'created', 'replaced', owner)
  await copyInto(directory, 'copied', from, owner)
  await copyInto(directory, 'copied', from, owner)
  makeDirectory(directory, 'made', owner)[Symbol.dispose]()
  makeLink(directory, 'link', 'made', owner)
  expect(readFileSync(join(tree, 'created'), 'utf8')).toBe('replaced')
  expect(readFileSync(join(tree, 'copied'), 'utf8')).toBe('copied')
  for (const name of ['created', 'copied']) expect(describeEntry(join(tree, name)), name).toEqual(hisOwn('600'))
  expect(describeEntry(join(tree, 'made'))).toEqual(hisOwn('700'))
  expect(describeEntry(join(tree, 'link'))).toMatchObject(owner)
  expect(readdirSync(tree).sort()).toEqual(['copied', 'created', 'link', 'made'])
})

test('a file that is as it should be stays; one behind a link is replaced, and what the link led to is untouched', () => {
  const elsewhere = join(work, 'elsewhere')
  writeFileSync(elsewhere, 'theirs')
  replaceFileAt(join(tree, 'file'), 'same', owner)
  const { ino } = lstatSync(join(tree, 'file'))
  replaceFileAt(join(tree, 'file'), 'same', owner)
  expect(lstatSync(join(tree, 'file')).ino).toBe(ino)
  rmSync(join(tree, 'file'))
  symlinkSync(elsewhere, join(tree, 'file'))
  replaceFileAt(join(tree, 'file'), 'theirs', owner)
  expect(lstatSync(join(tree, 'file')).isFile()).toBe(true)
  expect(readFileSync(elsewhere, 'utf8')).toBe('theirs')
})

test('what exists is not created over', () => {
  using directory = Directory.open(tree)
  createFile(directory, 'one', '', owner)
  makeLink(directory, 'two', '/nowhere', owner)
  for (const name of ['one', 'two']) {
    expect(() => createFile(directory, name, 'again', owner)).toThrow(/EEXIST/)
    expect(() => makeDirectory(directory, name, owner)).toThrow(/EEXIST/)
    expect(() => makeLink(directory, name, '/etc', owner)).toThrow(/EEXIST/)
  }
  expect(readdirSync(tree).sort()).toEqual(['one', 'two'])
})

test('a tree is removed with all that is in it, and links are removed, not followed', () => {
  const elsewhere = join(work, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'kept'), '')
  using directory = Directory.open(tree)
  using top = makeDirectory(directory, 'top', owner)
  using below = makeDirectory(top, 'below', owner)
  makeLink(below, 'link', elsewhere, owner)
  createFile(below, 'file', '', owner)
  removeTree(directory, 'top')
  removeTree(directory, 'top')
  expect(readdirSync(tree)).toEqual([])
  expect(readdirSync(elsewhere)).toEqual(['kept'])
})

describe.runIf(isRoot)('as root', () => {
  test('H59: a tree is reached by nobody but root until it is handed over, and then by its owner alone', async () => {
    const read = (user: { uid: number; gid: number }) => runner.run('cat', [join(tree, 'file')], { user })
    writeFileSync(join(tree, 'file'), 'content')
    chownSync(join(tree, 'file'), owner.uid, owner.gid)
    closeTree(tree)
    await expect(read(owner)).rejects.toThrow('Permission denied')
    handOverTree(tree, owner)
    expect((await read(owner)).stdout).toBe('content')
    await expect(read({ uid: 54_321, gid: 54_321 })).rejects.toThrow('Permission denied')
  })

  test("H59: another's directory in a tree is neither entered nor removed", () => {
    mkdirSync(join(tree, 'theirs'))
    writeFileSync(join(tree, 'theirs', 'kept'), '')
    using directory = Directory.open(tree)
    expect(() => removeTree(directory, 'theirs')).toThrow(/EACCES.*belongs to another user/)
    expect(readdirSync(join(tree, 'theirs'))).toEqual(['kept'])
  })

  // The attacker exchanges `inner`, his directory, and a link to one of root's, as fast as he can.
  describe('while the owner swaps directories for links', () => {
    const tries = 2000
    let victim: string
    beforeEach(() => {
      victim = join(work, 'victim')
      mkdirSync(join(victim, 'own', 'deep'), { recursive: true })
      writeFileSync(join(victim, 'own', 'deep', 'kept'), 'kept')
      writeFileSync(join(victim, 'kept'), 'kept')
      mkdirSync(join(tree, 'inner'))
      chownSync(join(tree, 'inner'), owner.uid, owner.gid)
      symlinkSync(victim, join(tree, 'link'))
    })

    const expectUnharmed = (): void => {
      expect(readdirSync(victim, { recursive: true }).sort()).toEqual(['kept', 'own', 'own/deep', 'own/deep/kept'])
      for (const path of ['', 'kept', 'own', 'own/deep']) expect(lstatSync(join(victim, path)).uid, path).toBe(0)
    }

    /** At least so often, and until the attacker was late some times and early at others. */
    async function attack(step: () => void, isEnough: () => boolean = () => false): Promise<void> {
      await using _ = await startSwapping(owner, join(tree, 'inner'), join(tree, 'link'))
      const [outcomes, deadline] = [{ done: 0, failed: 0 }, performance.now() + 30_000]
      for (let count = 0; count < tries || outcomes.done < 20 || outcomes.failed < 20; count++) {
        if (isEnough()) return
        expect(performance.now()).toBeLessThan(deadline)
        try {
          step()
          outcomes.done++
        } catch {
          // The link was in its place.
          outcomes.failed++
        }
      }
    }

    test.each<[string, (directory: Directory) => void]>([
      ['a file is replaced', () => replaceFileAt(join(tree, 'inner', 'file'), String(Math.random()), owner)],
      [
        'a directory is made and removed',
        (directory) => {
          using inner = directory.openDirectory('inner')
          makeDirectory(inner, 'own', owner)[Symbol.dispose]()
          removeTree(inner, 'own')
        },
      ],
      [
        'a link is made and removed',
        (directory) => {
          using inner = directory.openDirectory('inner')
          makeLink(inner, 'own', '/', owner)
          removeTree(inner, 'own')
        },
      ],
      [
        'all is removed and made anew',
        (directory) => {
          using inner = directory.openDirectory('inner')
          makeDirectory(inner, 'own', owner)[Symbol.dispose]()
          for (const name of inner.names()) removeTree(inner, name)
        },
      ],
    ])('H59: %s, and nothing of root is touched', async (_, step) => {
      using directory = Directory.open(tree)
      await attack(() => step(directory))
      expectUnharmed()
    })

    test('H59: the same by paths leads root astray: the attacker is fast enough', async () => {
      const isPlanted = (): boolean => existsSync(join(victim, 'planted'))
      await attack(() => writeFileSync(join(tree, 'inner', 'planted'), ''), isPlanted)
      expect(isPlanted()).toBe(true)
    })
  })
})

describe('what is copied out of his directory', () => {
  const limit = 64 * 1024

  test('is his file, as far as it goes', async () => {
    writeFileSync(join(tree, 'file'), 'x'.repeat(limit))
    chownSync(join(tree, 'file'), owner.uid, owner.gid)
    using directory = Directory.open(tree)
    await copyOutOf(directory, 'file', join(work, 'copy'), limit)
    expect(readFileSync(join(work, 'copy'), 'utf8')).toBe('x'.repeat(limit))
    await expect(copyOutOf(directory, 'file', join(work, 'less'), limit - 1)).rejects.toMatchObject({ code: 'EFBIG' })
    await expect(copyOutOf(directory, 'file', join(work, 'copy'), limit)).rejects.toMatchObject({ code: 'EEXIST' })
  })

  test.runIf(isRoot)('H63: and no more than is allowed, while he lets it grow and shrink', async () => {
    const file = join(tree, 'file')
    writeFileSync(file, 'x'.repeat(limit))
    chownSync(file, owner.uid, owner.gid)
    const program = `my ($file, $small) = @ARGV; open(my $f, '+<', $file); $| = 1; print "begun\n";
      while (1) { truncate($f, 64 * $small); for (1 .. rand 300) {} truncate($f, $small); for (1 .. rand 300) {} }`
    const privileges = [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups', '--pdeathsig=KILL', '--']
    const growing = spawn('setpriv', [...privileges, 'perl', '-e', program, file, String(limit)], { cwd: '/' })
    let [copied, refused] = [0, 0]
    try {
      await once(growing.stdout, 'data')
      using directory = Directory.open(tree)
      // On a busy machine, he may not get on at all for as long as 400 tries take.
      const latest = performance.now() + 30_000
      const isOver = (): boolean => Math.min(copied, refused) > 0 || performance.now() > latest
      for (let tried = 0; tried < 400 || !isOver(); tried++) {
        const copy = join(work, `copy-${tried}`)
        await copyOutOf(directory, 'file', copy, limit).then(
          () => copied++,
          () => refused++,
        )
        expect(lstatSync(copy, { throwIfNoEntry: false })?.size ?? 0).toBeLessThanOrEqual(limit)
        rmSync(copy, { force: true })
      }
    } finally {
      growing.kill('SIGKILL')
      await once(growing, 'close')
    }
    expect(Math.min(copied, refused)).toBeGreaterThan(0)
  })
})
