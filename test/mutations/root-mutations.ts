import type { Mutation } from './mutations.ts'

const core = 'packages/core/src'
const integration = 'test/integration'
const security = `${integration}/security`

/** What keeps root from being led astray by those whose files it works in (H59 - H66). */
export const rootMutations: readonly Mutation[] = [
  {
    row: 'H59',
    file: `${core}/files/descriptor.ts`,
    find: 'constants.O_DIRECTORY | constants.O_NOFOLLOW',
    replace: 'constants.O_DIRECTORY',
    test: `${integration}/torture/swapped.test.ts`,
  },
  {
    row: 'H59',
    file: `${core}/files/remove-tree.ts`,
    find: 'names.length > 0 && below.stats.uid !== directory.stats.uid',
    replace: 'names.length > 0 && below.stats.uid === -1',
    test: `${core}/files/changes.test.ts`,
  },
  {
    row: 'H59',
    file: `${core}/storage/kit/create-entry.ts`,
    find: 'mkdirSync(path, { mode: 0o700 })',
    replace: 'mkdirSync(path, { mode: 0o755 })',
    test: `${integration}/torture/swapped.test.ts`,
  },
  {
    row: 'H59',
    file: `${core}/storage/kit/remove-entry.ts`,
    find: "if (entry.kind === 'clone') shutOut(entryFiles(entry))",
    replace: 'void shutOut',
    test: `${integration}/torture/swapped.test.ts`,
  },
  {
    row: 'H59',
    file: `${core}/storage/kit/find-other-devices.ts`,
    find: 'return directory.openDirectory(name)',
    replace: "return Directory.open(process.getBuiltinModule('node:fs').realpathSync(directory.at(name)))",
    test: 'packages/driver-btrfs/src/nested-subvolumes.test.ts',
  },
  {
    row: 'H61',
    file: `${core}/storage/kit/check-folder.ts`,
    find: 'for (const path of foldersOf(entry)) checkPlace(',
    replace: 'for (const path of foldersOf(entry).slice(2)) checkPlace(',
    test: `${security}/places.test.ts`,
  },
  {
    row: 'H61',
    file: `${core}/files/check-place.ts`,
    find: 'if (reason !== undefined) return { folder, reason }',
    replace: 'if (reason !== undefined && rest.length === 0) return { folder, reason }',
    test: `${security}/places.test.ts`,
  },
  {
    row: 'H61',
    file: `${core}/state/state-directory.ts`,
    find: 'if (unsafe !== undefined)',
    replace: 'if (unsafe !== undefined && path === unsafe.folder)',
    test: `${security}/places.test.ts`,
  },
  {
    row: 'H61',
    file: `${core}/api/create-volume.ts`,
    find: "checkPlace(dirname(path), 'Or remove it yourself.')",
    replace: '',
    test: `${security}/places.test.ts`,
    names: 'no volume is made or removed there',
  },
  {
    row: 'H62',
    file: `${core}/postgres/source/find-binaries.ts`,
    find: "await runner.run(file, ['--version'], { user: owner })",
    replace: "await runner.run(file, ['--version'], { user: { ...owner, uid: 0 } })",
    test: `${security}/named-by-owner.test.ts`,
  },
  {
    row: 'H62',
    file: `${core}/command/execa-runner.ts`,
    find: 'detached: isOthers',
    replace: 'detached: false',
    test: `${core}/command/execa-runner.test.ts`,
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
    row: 'H65',
    file: `${core}/fork/start-server.ts`,
    find: 'if (server.socketDirectory === outsideDirectory)',
    replace: 'if (server.socketDirectory === undefined)',
    test: `${security}/socket-folder.test.ts`,
  },
  {
    row: 'H65',
    file: `${core}/postgres/files/socket-directory.ts`,
    find: "if (!isSystemError(error, 'EEXIST') || !isPrivate(lstatSync(path), owner.uid))",
    replace: "if (!isSystemError(error, 'EEXIST'))",
    test: `${security}/socket-folder.test.ts`,
  },
  {
    row: 'H66',
    file: `${core}/postgres/sanitize/survey-files.ts`,
    find: "if (found !== undefined) throw linkRefused(join(path, found.name), path === '' ? 'H1' : 'H66')",
    replace: "if (found !== undefined && path === '') throw linkRefused(join(path, found.name), 'H1')",
    test: `${integration}/volumes/links.test.ts`,
  },
]
