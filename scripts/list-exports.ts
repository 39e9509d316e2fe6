import { relative } from 'node:path'
import ts from 'typescript'
import { type Door, listPublicPackages, workspaceRoot } from './public-packages.ts'

interface DoorExports {
  readonly specifier: string
  /** `createFork`, or `type CreateForkOptions` for what exists for the compiler alone. Sorted. */
  readonly exports: readonly string[]
}

export interface ExportsOfAllDoors {
  readonly doors: readonly DoorExports[]
  /** Types that something exported mentions and that no door exports, with the place that mentions them. */
  readonly forgotten: readonly string[]
  /** What has no docstring: of types named `..Options` each of their properties, of all else the export itself. */
  readonly undocumented: readonly string[]
}

/** What can be imported from each door of each public package. */
export async function listExports(): Promise<ExportsOfAllDoors> {
  const doors = (await listPublicPackages()).flatMap((entry) => entry.doors)
  const program = createProgram(doors)
  const checker = program.getTypeChecker()
  const symbols = doors.map((door) => [door, exportsOf(program.getSourceFile(door.source), checker)] as const)
  const exported = new Set(symbols.flatMap(([, all]) => all.map((symbol) => resolve(symbol, checker))))
  const forgotten = [...exported].flatMap((symbol) => findForgotten(symbol, exported, checker))
  return {
    doors: symbols.map(([{ specifier }, all]) => ({
      specifier,
      exports: all.map((symbol) => describe(symbol, checker)).sort(),
    })),
    forgotten: [...new Set(forgotten)].sort(),
    undocumented: [...exported].flatMap((symbol) => findUndocumented(symbol, checker)).sort(),
  }
}

/** Of our sources alone: who else's types they use does not matter, and reading those would take seconds. */
function createProgram(doors: readonly Door[]): ts.Program {
  const { config } = ts.readConfigFile(`${workspaceRoot}/tsconfig.json`, ts.sys.readFile)
  const parsed = ts.convertCompilerOptionsFromJson(config.compilerOptions, workspaceRoot)
  const options: ts.CompilerOptions = { ...parsed.options, pathsBasePath: workspaceRoot, noLib: true, types: [] }
  const host = ts.createCompilerHost(options)
  host.resolveModuleNameLiterals = (literals, containingFile) =>
    literals.map(({ text }) =>
      /^[.]|^@pgfork\//.test(text)
        ? ts.resolveModuleName(text, containingFile, options, host)
        : { resolvedModule: undefined },
    )
  return ts.createProgram(
    doors.map(({ source }) => source),
    options,
    host,
  )
}

function exportsOf(file: ts.SourceFile | undefined, checker: ts.TypeChecker): ts.Symbol[] {
  const module = file && checker.getSymbolAtLocation(file)
  return module === undefined ? [] : checker.getExportsOfModule(module)
}

const resolve = (symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

function describe(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const isValue = (resolve(symbol, checker).flags & ts.SymbolFlags.Value) !== 0
  return isValue ? symbol.name : `type ${symbol.name}`
}

function findForgotten(symbol: ts.Symbol, exported: ReadonlySet<ts.Symbol>, checker: ts.TypeChecker): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (isHidden(node)) return
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node) && node.expression
    const mentioned = name ? checker.getSymbolAtLocation(name) : undefined
    const target = mentioned && resolve(mentioned, checker)
    if (target && isOurs(target) && !exported.has(target)) found.push(`${target.name}, mentioned by ${symbol.name}`)
    ts.forEachChild(node, visit)
  }
  for (const declaration of symbol.declarations ?? []) visit(declaration)
  return found
}

function findUndocumented(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  if (!symbol.name.endsWith('Options')) return isDocumented(symbol, checker) ? [] : [symbol.name]
  const options = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
  return options.filter((option) => !isDocumented(option, checker)).map((option) => `${symbol.name}.${option.name}`)
}

/** A namespace is a file of things that are documented one by one. */
const isDocumented = (symbol: ts.Symbol, checker: ts.TypeChecker): boolean =>
  (symbol.flags & ts.SymbolFlags.ValueModule) !== 0 || symbol.getDocumentationComment(checker).length > 0

/** What a declaration file leaves out: bodies, initial values, private members. */
const isHidden = (node: ts.Node): boolean =>
  ts.isBlock(node) ||
  (node.parent !== undefined && 'initializer' in node.parent && node.parent.initializer === node) ||
  (ts.isClassElement(node) && node.name !== undefined && ts.isPrivateIdentifier(node.name))

/** Exported by one of our modules. A module's private alias is no type of its own. */
const isOurs = (symbol: ts.Symbol): boolean =>
  (symbol.declarations ?? []).some(
    (declaration) =>
      (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0 &&
      /^packages\/[^/]+\/src\//.test(relative(workspaceRoot, declaration.getSourceFile().fileName)),
  )
