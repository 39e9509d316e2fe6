import process from 'node:process'

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const

export type Style = keyof typeof codes

// Heeds NO_COLOR, FORCE_COLOR and TERM=dumb.
const hasColours = process.stdout.isTTY ? process.stdout.hasColors() : Number(process.env.FORCE_COLOR ?? 0) > 0

export function paint(style: Style, text: string): string {
  const [on, off] = codes[style]
  return hasColours ? `\u001b[${on}m${text}\u001b[${off}m` : text
}
