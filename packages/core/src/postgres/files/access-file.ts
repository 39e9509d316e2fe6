/** One of the values of a field, which commas divide. */
interface AccessToken {
  /** Without its quotes. */
  readonly text: string
  /** It begins with a quote, so that it is no keyword and names no file. */
  readonly isQuoted: boolean
}

export interface AccessField {
  /** As it stands in the file, quotes and all. */
  readonly written: string
  readonly tokens: readonly AccessToken[]
}

export interface AccessLine {
  /** Counted from 1; the first of those that backslashes join. */
  readonly number: number
  /** One or more. */
  readonly fields: readonly AccessField[]
}

/**
 * The lines of a `pg_hba.conf` that say something, divided as the server divides them (`next_token` in hba.c; manual, "The
 * pg_hba.conf File"): blanks end a field unless they follow a comma, a quote may begin anywhere, two quotes within quotes are one.
 */
export const parseAccessFile = (text: string, major: number): AccessLine[] =>
  joinedLines(text, major)
    .map(({ number, line }) => ({ number, fields: readFields(line) }))
    .filter(({ fields }) => fields.length > 0)

/** Since 14 a backslash at its end joins a line with the next one, within comments and quotes, too. */
function joinedLines(text: string, major: number): { number: number; line: string }[] {
  const lines: { number: number; line: string }[] = []
  let open: { number: number; line: string } | undefined
  for (const [index, ended] of text.split('\n').entries()) {
    const part = ended.replace(/\r+$/, '')
    const isJoined = major >= 14 && part.endsWith('\\')
    const { number, line } = open ?? { number: index + 1, line: '' }
    const whole = { number, line: line + (isJoined ? part.slice(0, -1) : part) }
    open = isJoined ? whole : undefined
    if (!isJoined) lines.push(whole)
  }
  return open === undefined ? lines : [...lines, open]
}

/** A comment and the end of the line match nothing, which ends the line. */
const tokenPattern = /[ \t\r,]*((?:"(?:[^"]|"")*(?:"|$)|[^ \t\r,#"])+)(,?)/gy

function readFields(line: string): AccessField[] {
  const fields: { start: number; written: string; tokens: AccessToken[] }[] = []
  let continued: (typeof fields)[number] | undefined
  for (const match of line.matchAll(tokenPattern)) {
    const [all, raw = '', comma = ''] = match
    const end = match.index + all.length - comma.length
    const field = continued ?? { start: end - raw.length, written: '', tokens: [] }
    if (continued === undefined) fields.push(field)
    field.written = line.slice(field.start, end)
    field.tokens.push({ text: unquote(raw), isQuoted: raw.startsWith('"') })
    continued = comma === '' ? undefined : field
  }
  return fields.map(({ written, tokens }) => ({ written, tokens }))
}

const unquote = (raw: string): string =>
  raw.replace(/"((?:[^"]|"")*)(?:"|$)/g, (_, inside: string) => inside.replaceAll('""', '"'))
