/** As a shell would have to be given it. */
export const shellLine = (command: readonly string[]): string => command.map(quote).join(' ')

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)
