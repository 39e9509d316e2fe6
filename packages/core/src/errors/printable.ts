/**
 * What a terminal takes for commands, and what has it show text in another order: all control characters but tab and line feed, and the marks
 * of directions. C1 (0x80 - 0x9f) begins sequences on some terminals, too.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const commands = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * Text that shows what it holds, and does nothing else, where a terminal may read it: `\u001b` for an escape. Names and logs are their
 * owner's, and the terminal may be root's (H81). JSON means the same afterwards.
 */
export const printable = (text: string): string => text.replace(commands, codeOf)

const codeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
