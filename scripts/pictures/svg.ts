export interface Picture {
  readonly width: number
  readonly height: number
  /** For who doesn't see it. */
  readonly title: string
  readonly style: string
  readonly body: readonly string[]
}

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

export function drawSvg({ width, height, title, style, body }: Picture): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<style>${style}</style>`,
    `<rect class="panel" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" />`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}
