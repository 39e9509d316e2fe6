/** One line of a configuration file in PostgreSQL's syntax (manual, "Parameter Interaction via the Configuration File"). */
export interface ConfigurationEntry {
  readonly name: string
  readonly value: string
}

const linePattern = /^\s*([A-Za-z_][A-Za-z0-9_$.]*)\s*(?:=\s*|\s+)?('(?:[^'\\]|''|\\.)*'|[^\s#']+)?\s*(?:#.*)?$/

/** The entries of a configuration file in their order, include directives among them. Lines that are none are left out. */
export function parseConfiguration(text: string): ConfigurationEntry[] {
  return text.split('\n').flatMap((line) => {
    const [, name, value] = linePattern.exec(line.replace(/\r$/, '')) ?? []
    return name === undefined || value === undefined ? [] : [{ name: name.toLowerCase(), value: unquote(value) }]
  })
}

/** A configuration file of these settings. */
export function formatConfiguration(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quote(value)}\n`)
    .join('')
}

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function unquote(value: string): string {
  if (!value.startsWith("'")) return value
  return value
    .slice(1, -1)
    .replace(/''|\\([0-7]{1,3})|\\(.)/g, (match, octal: string | undefined, character: string | undefined) => {
      if (match === "''") return "'"
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      return escapes[character as string] ?? (character as string)
    })
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`
}
