/** Something that can tell what happened, also after it has been disposed of. */
export interface EvidenceSource {
  evidence(): Promise<string>
}

/** The last lines of a text, with a note when some were left out. */
export function lastLines(text: string, count = 200): string {
  const lines = text.trimEnd().split('\n')
  return lines.length <= count
    ? lines.join('\n')
    : [`(${lines.length - count} lines before)`, ...lines.slice(-count)].join('\n')
}
