export interface Leaf {
  readonly kind: 'fork' | 'snapshot'
  readonly name: string
  /** The data directory that it was made of. */
  readonly source: string | undefined
  /** Its own, that others may have been made of. */
  readonly dataDirectory: string | undefined
  readonly state: string
}

interface Node {
  readonly kind: Leaf['kind']
  readonly name: string
  readonly state: string
  readonly made: readonly Node[]
}

export interface SourceNode {
  /** Null: it is not known any more. */
  readonly source: string | undefined
  readonly made: readonly Node[]
}

/** What was made of what, by data directories. */
export function buildTree(leaves: readonly Leaf[]): SourceNode[] {
  const isFork = (path: string | undefined) => path !== undefined && leaves.some((leaf) => leaf.dataDirectory === path)
  const madeOf = (source: string | undefined): Node[] => leaves.filter((leaf) => leaf.source === source).map(nodeOf)
  const nodeOf = ({ kind, name, state, dataDirectory }: Leaf): Node => ({
    ...{ kind, name, state },
    made: dataDirectory === undefined ? [] : madeOf(dataDirectory),
  })
  const roots = new Set(leaves.map(({ source }) => source).filter((source) => !isFork(source)))
  return [...roots].map((source) => ({ source, made: madeOf(source) }))
}

export function drawTree(sources: readonly SourceNode[]): string[] {
  return sources.flatMap(({ source, made }) => [source ?? '(a source that is not known)', ...draw(made, '')])
}

function draw(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap(({ name, state, made }, index) => {
    const isLast = index === nodes.length - 1
    return [
      `${indent}${isLast ? '└── ' : '├── '}${name} (${state})`,
      ...draw(made, `${indent}${isLast ? '    ' : '│   '}`),
    ]
  })
}
