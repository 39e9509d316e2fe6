import type { Mutation } from './mutations.ts'

const core = 'packages/core/src'
const integration = 'test/integration'
const security = `${integration}/security`

/** What keeps root from being led astray by those whose files it works in (H59 - H66). */
export const rootMutations: readonly Mutation[] = [
  {
    row: 'H62',
    file: `${core}/postgres/source/find-binaries.ts`,
    find: "await runner.run(file, ['--version'], { user: owner })",
    replace: "await runner.run(file, ['--version'], { user: { ...owner, uid: 0 } })",
    test: `${security}/named-by-owner.test.ts`,
  },
  {
    row: 'H63',
    file: `${core}/files/named-files.ts`,
    find: 'isRoot() && owner.uid !== 0 ? filesOf(owner, runner) : ownFiles',
    replace: 'owner.uid === 0 ? filesOf(owner, runner) : ownFiles',
    test: `${security}/named-by-owner.test.ts`,
  },
  {
    row: 'H63',
    file: `${core}/files/directory.ts`,
    find: 'if (isRoot() && found.uid !== this.stats.uid)',
    replace: 'if (found.uid === -1)',
    test: `${core}/files/directory.test.ts`,
  },
  {
    row: 'H63',
    file: `${core}/fork/sanitize-fork.ts`,
    find: '    checkOwner(directory, owner)\n',
    replace: '',
    test: `${security}/named-by-owner.test.ts`,
  },
  {
    row: 'H66',
    file: `${core}/postgres/sanitize/survey-files.ts`,
    find: "if (found !== undefined) throw linkRefused(join(path, found.name), path === '' ? 'H1' : 'H66')",
    replace: "if (found !== undefined && path === '') throw linkRefused(join(path, found.name), 'H1')",
    test: `${integration}/volumes/links.test.ts`,
  },
]
