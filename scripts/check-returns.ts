import { relative } from 'node:path'
import ts from 'typescript'
import { workspaceRoot } from './public-packages.ts'

/**
 * Refuses `return promise` where something is let go of on the way out, by `using` or by `try`: that happens before the promise settles, and
 * errors of the promise pass the `catch` by. `return await promise` is meant. No type error and no test tells: a watch that is closed
 * too early only makes its waiter late.
 *
 * @throws Error that names all places
 */
export async function checkReturns(): Promise<void> {
  const path = ts.findConfigFile(workspaceRoot, ts.sys.fileExists)
  if (path === undefined) throw new Error(`There is no tsconfig.json in ${workspaceRoot}.`)
  const { config } = ts.readConfigFile(path, ts.sys.readFile)
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, workspaceRoot)
  const program = ts.createProgram(fileNames, options)
  const places = program
    .getSourceFiles()
    .filter(({ fileName }) => !fileName.includes('/node_modules/'))
    .flatMap((file) => placesIn(file, program.getTypeChecker()))
  if (places.length > 0) throw new Error(`These returns need an await:\n${places.join('\n')}`)
}

function placesIn(file: ts.SourceFile, checker: ts.TypeChecker): string[] {
  const places: string[] = []
  const visit = (node: ts.Node, isHeld: boolean): void => {
    if (ts.isFunctionLike(node)) visitAll(node, false)
    else if (ts.isBlock(node) || ts.isCaseOrDefaultClause(node)) visitBlock(node, isHeld)
    else if (ts.isForOfStatement(node)) visitAll(node, isHeld || isUsing(node.initializer))
    else if (ts.isTryStatement(node)) {
      visit(node.tryBlock, true)
      if (node.catchClause !== undefined) visit(node.catchClause, isHeld || node.finallyBlock !== undefined)
      if (node.finallyBlock !== undefined) visit(node.finallyBlock, isHeld)
    } else {
      if (isHeld && ts.isReturnStatement(node) && isUnawaited(node.expression, checker))
        places.push(placeOf(node, file))
      visitAll(node, isHeld)
    }
  }
  const visitAll = (node: ts.Node, isHeld: boolean): void => ts.forEachChild(node, (child) => visit(child, isHeld))
  const visitBlock = (block: ts.Block | ts.CaseOrDefaultClause, isHeld: boolean): void => {
    let isHeldHere = isHeld
    for (const statement of block.statements) {
      isHeldHere ||= declaresUsing(statement)
      visit(statement, isHeldHere)
    }
  }
  visitAll(file, false)
  return places
}

/** `using` is a flag; `await using` is that and another one. */
const isUsing = (node: ts.Node): boolean =>
  ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) !== 0

const declaresUsing = (statement: ts.Statement): boolean =>
  ts.isVariableStatement(statement) && isUsing(statement.declarationList)

const isUnawaited = (expression: ts.Expression | undefined, checker: ts.TypeChecker): boolean =>
  expression !== undefined && !ts.isAwaitExpression(expression) && isPromise(checker.getTypeAtLocation(expression))

const isPromise = (type: ts.Type): boolean =>
  type.isUnion() ? type.types.some(isPromise) : type.getProperty('then') !== undefined

function placeOf(node: ts.Node, file: ts.SourceFile): string {
  const { line } = file.getLineAndCharacterOfPosition(node.getStart())
  return `${relative(workspaceRoot, file.fileName)}:${line + 1}: ${node.getText().split('\n')[0]}`
}
