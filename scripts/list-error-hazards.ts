import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { workspaceRoot } from './public-packages.ts'

/** For each code the rows of docs/hazards.md that errors with it name, in the order of their numbers. */
export function listErrorHazards(): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const file of listSources()) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
    visit(source, (codes, rows) => {
      for (const code of codes) found.set(code, new Set([...(found.get(code) ?? []), ...rows]))
    })
  }
  const byNumber = (one: string, other: string) => Number(one.slice(1)) - Number(other.slice(1))
  return new Map([...found].map(([code, rows]) => [code, [...rows].sort(byNumber)]))
}

function listSources(): string[] {
  const packages = join(workspaceRoot, 'packages')
  const folders = readdirSync(packages).map((name) => join(packages, name, 'src'))
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.test)\.ts$/.test(name))
      .map((name) => join(folder, name)),
  )
}

/** Each `new SomeError(code, message, { hazard })`; either may be a choice of several. */
function visit(node: ts.Node, tell: (codes: readonly string[], rows: readonly string[]) => void): void {
  if (ts.isNewExpression(node) && /Error$/.test(node.expression.getText())) {
    const [code, ...others] = node.arguments ?? []
    const hazard = others
      .filter(ts.isObjectLiteralExpression)
      .flatMap(({ properties }) => [...properties])
      .find((property) => property.name?.getText() === 'hazard')
    if (code && hazard) tell(codesIn(code), rowsIn(hazard))
  }
  node.forEachChild((child) => visit(child, tell))
}

const codesIn = (code: ts.Node): string[] =>
  [...code.getText().matchAll(/'([A-Z_]{3,})'/g)].map(([, text = '']) => text)

/** `{ hazard }` is a parameter, whose type names the rows. */
function rowsIn(hazard: ts.ObjectLiteralElementLike): string[] {
  const text = ts.isShorthandPropertyAssignment(hazard) ? parametersAround(hazard) : hazard.getText()
  return [...text.matchAll(/'(H\d+)'/g)].map(([, row = '']) => row)
}

function parametersAround(node: ts.Node): string {
  const around = ts.findAncestor(
    node,
    (parent): parent is ts.ArrowFunction | ts.FunctionDeclaration =>
      ts.isArrowFunction(parent) || ts.isFunctionDeclaration(parent),
  )
  return around?.parameters.map((parameter) => parameter.getText()).join() ?? ''
}
