import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import ts from 'typescript'
import { workspaceRoot } from './public-packages.ts'

/** What a source file has in its hands to change files by their paths: functions of node:fs, and commands. */
export interface FileCalls {
  /** Below `packages/`. */
  readonly file: string
  /** Sorted. */
  readonly names: readonly string[]
}

const modules = /^(?:node:)?fs(?:\/promises)?$/
const isModule = (name: string): boolean => modules.test(name)

/** Of node:fs, all but these: a function that is new there is asked about, too. `open` may create and truncate. */
const harmless = new Set(
  [
    'access',
    'exists',
    'fstat',
    'lstat',
    'read',
    'readdir',
    'readFile',
    'readlink',
    'realpath',
    'stat',
    'statfs',
  ].flatMap((name) => [name, `${name}Sync`]),
)
  .add('closeSync')
  .add('constants')
  .add('watch')

const commands = new Set(
  (
    'bash chattr chgrp chmod chown cp dd find install ln mkdir mkfifo mknod mv rm rmdir rsync sed setfacl sh shred tar tee touch ' +
    'truncate unlink'
  ).split(' '),
)

/** Of every source that works on users' machines, but for `core/src/files`, whose business this is. */
export function listFileCalls(): FileCalls[] {
  const packages = join(workspaceRoot, 'packages')
  return readdirSync(packages, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(packages, join(entry.parentPath, entry.name)))
    .filter((file) => /^[^/]+\/src\//.test(file) && !isForTests(file) && !file.startsWith('core/src/files/'))
    .map((file) => ({ file, names: fileCallsOf(readFileSync(join(packages, file), 'utf8')) }))
    .filter(({ names }) => names.length > 0)
}

const isForTests = (file: string): boolean =>
  /\.test\.ts$|\/test-fixture\.ts$/.test(file) || file.startsWith('driver-testkit/')

/** A module as a whole counts as `*`: it could be anything of it. */
export function fileCallsOf(source: string): string[] {
  const found = new Set<string>()
  const visit = (node: ts.Node): void => {
    for (const name of namesOf(node)) found.add(name)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true))
  return [...found].sort()
}

function namesOf(node: ts.Node): string[] {
  if (ts.isImportDeclaration(node)) return importedBy(node)
  if (ts.isExportDeclaration(node)) return node.moduleSpecifier && isModule(textOf(node.moduleSpecifier)) ? ['*'] : []
  if (!ts.isStringLiteralLike(node) || ts.isLiteralTypeNode(node.parent) || ts.isImportDeclaration(node.parent))
    return []
  // Whatever the way in which a module is asked for: import(), require(), process.getBuiltinModule().
  if (isModule(node.text)) return ['*']
  return commands.has(basename(node.text)) ? [basename(node.text)] : []
}

function importedBy({ moduleSpecifier, importClause }: ts.ImportDeclaration): string[] {
  if (!isModule(textOf(moduleSpecifier)) || importClause === undefined || importClause.isTypeOnly) return []
  const bindings = importClause.namedBindings
  if (importClause.name !== undefined || bindings === undefined || ts.isNamespaceImport(bindings)) return ['*']
  return bindings.elements
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .map(({ name, propertyName }) => (propertyName ?? name).text)
    .filter((name) => !harmless.has(name))
}

const textOf = (specifier: ts.Expression): string => (ts.isStringLiteralLike(specifier) ? specifier.text : '')
